/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gl/limn-gl.h"

/* What the files of this program share. */

/** test_engine_get_options: for limn_engine_model_open(): the device of LIMN_TEST_DEVICE, a cache folder of the test's own. */
LimnGlOptions test_engine_get_options   (void);

void          test_engine_reference_add (void);
void          test_engine_contexts_add  (void);
void          test_engine_mix_add       (void);
void          test_engine_lora_add      (void);
void          test_engine_control_add   (void);
void          test_engine_branch_add    (void);
void          test_engine_families_add  (void);
