/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* A TAESD with made-up weights, a function of their place: tests/tools/make-taesd-reference.py makes the same ones. */

/** LIMN_TEST_TAESD_N_LAYOUTS: its author's, diffusers', and two with something before the first's names */
#define LIMN_TEST_TAESD_N_LAYOUTS 4

/** limn_test_taesd_made_up: (transfer full): @n values, -1..1 times @scale */
float *limn_test_taesd_made_up (guint32     salt,
                                gsize       n,
                                double      scale);

/** limn_test_taesd_write: @width: 64, as they have it; @missing: (nullable): that is not in the file, by its author's name */
void   limn_test_taesd_write   (const char *path,
                                guint       layout,
                                guint       width,
                                const char *missing);
