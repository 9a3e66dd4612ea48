/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-number.h"

#include <string.h>

/* The text that the spin button itself makes of its value; it has no function that tells. */
static char *
dup_shown (GtkSpinButton *spin)
{
  return g_strdup_printf ("%0.*f", gtk_spin_button_get_digits (spin), gtk_spin_button_get_value (spin));
}

static int
on_input (GtkSpinButton *spin, double *value)
{
  g_autofree char *shown = dup_shown (spin);

  if (strcmp (gtk_editable_get_text (GTK_EDITABLE (spin)), shown) != 0)
    return FALSE;
  *value = gtk_spin_button_get_value (spin);
  return TRUE;
}

void
limn_number_pass_wheel (GtkWidget *widget)
{
  g_autoptr(GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr(GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
}

void
limn_number_calm (GtkSpinButton *spin)
{
  limn_number_pass_wheel (GTK_WIDGET (spin));
  if (gtk_spin_button_get_digits (spin) > 0)
    g_signal_connect (spin, "input", G_CALLBACK (on_input), NULL);
}

static void
clamp (GtkAdjustment *adjustment, GObject *object, const char *property)
{
  GParamSpec *spec = g_object_class_find_property (G_OBJECT_GET_CLASS (object), property);

  if (G_IS_PARAM_SPEC_UINT (spec))
    {
      gtk_adjustment_set_lower (adjustment, G_PARAM_SPEC_UINT (spec)->minimum);
      gtk_adjustment_set_upper (adjustment, G_PARAM_SPEC_UINT (spec)->maximum);
    }
  else if (G_IS_PARAM_SPEC_DOUBLE (spec))
    {
      gtk_adjustment_set_lower (adjustment, G_PARAM_SPEC_DOUBLE (spec)->minimum);
      gtk_adjustment_set_upper (adjustment, G_PARAM_SPEC_DOUBLE (spec)->maximum);
    }
  else
    g_return_if_reached ();
}

void
limn_number_bind (GtkSpinButton *spin, gpointer object, const char *property)
{
  GtkAdjustment *adjustment = gtk_spin_button_get_adjustment (spin);

  clamp (adjustment, object, property);
  limn_number_calm (spin);
  g_object_bind_property (object, property, adjustment, "value", G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}
