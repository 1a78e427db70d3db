#!/bin/sh
# soft_undefined.sh - the code generator as on a host that differs in every undefined result: the same bits as the interpreter.
exec tests/silicon/host_cpu -e soft -t 15
