# src/cpu/x87.mk - sources of this part of the cpu layer.
