/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

void limn_test_noise_add    (void);
void limn_test_schedule_add (void);
void limn_test_sampler_add  (void);
void limn_test_order_add    (void);
void limn_test_inpaint_add  (void);
void limn_test_tiles_add    (void);
void limn_test_slerp_add    (void);
void limn_test_branch_add   (void);

/** |a - b| <= tolerance, with both in the message. */
#define limn_assert_near(a, b, tolerance) g_assert_cmpfloat_with_epsilon ((a), (b), (tolerance) *1.0000001 + 1e-300)
