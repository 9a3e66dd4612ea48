/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/** LimnHelp: a window with the help page: how to begin, where models come from, which to take. */
#define LIMN_TYPE_HELP (limn_help_get_type ())
G_DECLARE_FINAL_TYPE (LimnHelp, limn_help, LIMN, HELP, AdwWindow)

LimnHelp *limn_help_new (GtkWindow *parent);

G_END_DECLS
