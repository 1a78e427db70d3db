# src/cpu/simd.mk - sources of this part of the cpu layer.
