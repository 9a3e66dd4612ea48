/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * limn_number_bind:
 * @object: has a property @property, a number; its least and greatest value are those of @spin
 *
 * Both ways. The wheel scrolls the panel instead of changing a number on the way, and a value with more digits than the field shows stays
 * what it is until somebody types another.
 */
void limn_number_bind (GtkSpinButton *spin,
                       gpointer       object,
                       const char    *property);

/** limn_number_pass_wheel: a field or a scale leaves the wheel to the panel that it stands in. */
void limn_number_pass_wheel (GtkWidget *widget);

/** limn_number_calm: what limn_number_bind() does for a field that is bound otherwise. */
void limn_number_calm (GtkSpinButton *spin);

G_END_DECLS
