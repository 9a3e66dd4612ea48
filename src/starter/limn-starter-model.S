/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The resource bundle of the starter model, byte for byte; found by the include path. */
        .section .rodata
        .globl  limn_starter_model_begin
        .globl  limn_starter_model_end
        .hidden limn_starter_model_begin
        .hidden limn_starter_model_end
        .balign 16
limn_starter_model_begin:
        .incbin "limn-starter-model.gresource"
limn_starter_model_end:
        .byte   0

        .section .note.GNU-stack, "", %progbits
