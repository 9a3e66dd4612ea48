/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * limn_request_find_name:
 * @names: NULL-terminated
 * @what: what they are names of, for the error
 * @index: (out): where @name stands
 *
 * Fails with LIMN_ERROR_INVALID, listing the names.
 */
gboolean limn_request_find_name (const char *const *names,
                                 const char        *what,
                                 const char        *name,
                                 guint             *index,
                                 GError           **error);

G_END_DECLS
