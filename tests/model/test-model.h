/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "formats/limn-safetensors.h"
#include "gl/limn-gl.h"

#include <gio/gio.h>

/** test_gpu_new: with a program cache that one run of the tests shares; NULL: none to be had, the test is skipped. */
LimnGl *test_gpu_new     (void);

/** test_path: (transfer full): a file of the sources. */
char   *test_path        (const char *relative);

/** test_load: (transfer full): a whole tensor as floats, whatever its type; @n: (out) (nullable): how many. */
float  *test_load        (LimnSafetensors *file, const char *name, gsize *n);

/** test_l2: |got - want| / |want|; infinity where a value is no number. */
double  test_l2          (const float *got, const float *want, gsize n);

/** test_copy_model: (transfer full): the starter model as a folder, for tests that spoil it. */
char   *test_copy_model  (void);

void    test_add_config  (void);
void    test_add_control (void);
void    test_add_loader  (void);
void    test_add_lora_pipeline (void);
void    test_add_names   (void);
void    test_add_single  (void);
void    test_add_parity  (void);
void    test_add_pipeline (void);
void    test_add_residency (void);
void    test_add_slabs    (void);
void    test_add_taesd    (void);
void    test_add_text     (void);
