/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/** LIMN_TEST_PICTURES_NEWEST: the time of change of the newest picture, in seconds since 1970; each other is one second older than the next. */
#define LIMN_TEST_PICTURES_NEWEST G_GINT64_CONSTANT (1750000000)

/**
 * limn_test_pictures_make:
 *
 * @n small PNGs with the texts that Limn writes into @folder (which exists), a tenth of them in folders below it: "picture-00000.png" is the
 * oldest. Every prompt differs: "<size> <colour> <thing> <place> <light>, number <i>", every 20th picture has a star, every 5th a trajectory. About
 * 0.1 ms each. The same @n gives the same files.
 */
void  limn_test_pictures_make       (const char *folder,
                                     guint       n);

/** limn_test_pictures_make_one: picture @i alone, of @n; in the folder itself. Returns: (transfer full): its path */
char *limn_test_pictures_make_one   (const char *folder,
                                     guint       i,
                                     guint       n);

/** limn_test_pictures_dup_prompt: that of picture @i. */
char *limn_test_pictures_dup_prompt (guint       i);
