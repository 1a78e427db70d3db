# src/module.mk - the program itself: options and wiring.
