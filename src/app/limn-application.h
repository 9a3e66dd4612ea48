/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * LimnApplication:
 *
 * The program: one studio, one window. Opens files that it is given as pictures whose settings are wanted. Actions over D-Bus: "paint", "activate", "quit".
 */
#define LIMN_TYPE_APPLICATION (limn_application_get_type ())
G_DECLARE_FINAL_TYPE (LimnApplication, limn_application, LIMN, APPLICATION, AdwApplication)

LimnApplication *limn_application_new        (void);
/** limn_application_get_studio: (nullable) (transfer none): NULL before start-up and after shutdown. */
LimnStudio      *limn_application_get_studio (LimnApplication *application);

G_END_DECLS
