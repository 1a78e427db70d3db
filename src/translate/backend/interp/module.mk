# src/translate/backend/interp/module.mk - the portable interpreter.
