/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The usual way to embed resources is a generated C array; 24 MB of it take a
 * compiler most of a minute and gigabytes of memory. Here the assembler copies
 * the bundle into .rodata instead (limn-starter-model.S).
 *
 * GResource copies a bundle that is not aligned, so the .S file aligns it. */
#include "config.h"

#include "starter/limn-starter-model.h"

#include <gio/gio.h>

/* First byte of the bundle and the first byte behind it: limn-starter-model.S. */
extern const guint8 limn_starter_model_begin[];
extern const guint8 limn_starter_model_end[];

void
limn_starter_model_register (void)
{
  static gsize registered = 0;

  if (g_once_init_enter (&registered))
    {
      gsize size_bytes = limn_starter_model_end - limn_starter_model_begin;
      g_autoptr(GBytes) bundle = g_bytes_new_static (limn_starter_model_begin, size_bytes);
      g_autoptr(GError) error = NULL;
      g_autoptr(GResource) resource = g_resource_new_from_data (bundle, &error);

      /* The bundle is part of the program: if it is damaged, so is the program. */
      g_assert_no_error (error);
      g_resources_register (resource);
      g_once_init_leave (&registered, 1);
    }
}
