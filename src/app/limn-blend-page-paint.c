/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-page-private.h"

#include "app/limn-blend-sequence.h"
#include "app/limn-number.h"
#include "session/limn-sheet.h"

#include <glib/gi18n.h>

/* Of a strip; of a square as many along each side. */
#define STRIP_PICTURES 7
#define SQUARE_PICTURES 5
#define MAX_PICTURES 25

static double
get_slowdown (LimnBlendPage *self)
{
  guint percent;

  g_object_get (limn_studio_get_draft (self->studio), "preview-slowdown", &percent, NULL);
  return percent / 100.0;
}

static void
say_added (LimnBlendPage *self)
{
  if (limn_job_queue_is_paused (limn_studio_get_queue (self->studio)))
    limn_studio_say_with_action (self->studio, _("Added to the queue, which is paused."), "win.resume", _("Resume"), NULL);
  else
    limn_studio_say_with_action (self->studio, _("It is being painted, and will be in the gallery."), "win.show-painting", _("Watch"),
                                 NULL);
}

/* (nullable) (transfer none): says why not. */
static LimnJob *
add_job (LimnBlendPage *self, const LimnRequest *request, const GError *error)
{
  LimnJob *job;

  if (!request)
    {
      limn_studio_say_error (self->studio, error);
      return NULL;
    }
  job = limn_job_queue_add (limn_studio_get_queue (self->studio), request, get_slowdown (self));
  say_added (self);
  return job;
}

static void
paint (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendPage *self = data;
  g_autoptr(LimnRequest) request = NULL;
  g_autoptr(GError) error = NULL;
  double u, v;

  g_object_get (self->blend, "u", &u, "v", &v, NULL);
  request = limn_blend_dup_request (self->blend, u, v, &error);
  add_job (self, request, error);
}

static void
swap (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendPage *self = data;

  limn_blend_swap (self->blend, 0, 1);
}

/* --- Words that become a picture --- */

void
limn_blend_page_paint_end (LimnBlendPage *self, guint index)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnRequest) request = limn_blend_dup_end_request (self->blend, index, &error);
  LimnJob *job = add_job (self, request, error);

  if (job)
    g_set_object (&self->end_jobs[index], job);
}

static void
paint_ends (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendPage *self = data;
  guint n_ends;

  g_object_get (self->blend, "n-ends", &n_ends, NULL);
  for (guint i = 0; i < n_ends; i++)
    if (limn_blend_get_kind (self->blend, i) == LIMN_BLEND_WORDS && !self->end_jobs[i])
      limn_blend_page_paint_end (self, i);
}

/* One that failed may be tried again. */
static void
on_job_ended (LimnJobQueue *queue, LimnJob *job, LimnBlendPage *self)
{
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    if (self->end_jobs[i] == job && limn_job_get_state (job) != LIMN_JOB_DONE)
      g_clear_object (&self->end_jobs[i]);
}

/* Wherever the words are by now, if they still are these. */
static void
on_picture_saved (LimnJobQueue *queue, LimnJob *job, const char *path, LimnReel *reel, LimnBlendPage *self)
{
  gboolean ours = FALSE;

  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    if (self->end_jobs[i] == job)
      {
        g_clear_object (&self->end_jobs[i]);
        ours = TRUE;
      }
  for (guint i = 0; ours && i < LIMN_BLEND_MAX_ENDS; i++)
    {
      g_autoptr(LimnRequest) request = NULL;

      if (limn_blend_get_kind (self->blend, i) != LIMN_BLEND_WORDS)
        continue;
      request = limn_blend_dup_end_request (self->blend, i, NULL);
      if (request && limn_request_equal_picture (request, limn_job_get_request (job)))
        {
          limn_blend_use_file (self->blend, i, path);
          return;
        }
    }
}

/* --- Several, on a sheet --- */

static LimnSheet *
new_sheet (LimnBlendPage *self, guint n, GError **error)
{
  g_autoptr(LimnRequest) base = limn_blend_dup_request (self->blend, 0, 0, error);
  g_autofree char *values = g_strdup_printf ("0-1 [%u]", n);
  g_autoptr(LimnSheetAxis) along = NULL, down = NULL;

  if (!base)
    return NULL;
  along = limn_sheet_axis_new_parse (LIMN_SHEET_LAMBDA, values, base, error);
  if (!along)
    return NULL;
  if (base->mix->n_ends == 4)
    {
      down = limn_sheet_axis_new_parse (LIMN_SHEET_LAMBDA_V, values, base, error);
      if (!down)
        return NULL;
    }
  return limn_sheet_new (LIMN_SHEET_STRIP, base, along, down, error);
}

static void
on_strip_response (AdwMessageDialog *dialog, const char *response, LimnBlendPage *self)
{
  GtkSpinButton *spin = g_object_get_data (G_OBJECT (dialog), "limn-number");
  g_autoptr(LimnSheet) sheet = NULL;
  g_autoptr(GError) error = NULL;

  if (!g_str_equal (response, "paint"))
    return;
  sheet = new_sheet (self, gtk_spin_button_get_value_as_int (spin), &error);
  if (!sheet)
    {
      limn_studio_say_error (self->studio, error);
      return;
    }
  limn_job_queue_add_sheet (limn_studio_get_queue (self->studio), sheet, NULL, get_slowdown (self));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "sheet");
}

static void
show_count (GtkSpinButton *spin, GtkLabel *label)
{
  guint n = gtk_spin_button_get_value_as_int (spin);
  g_autofree char *text = g_strdup_printf (ngettext ("%u picture in all", "%u pictures in all", n * n), n * n);

  gtk_label_set_text (label, text);
}

static GtkLabel *
append_label (GtkWidget *box, const char *text, const char *css_class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  if (css_class)
    gtk_widget_add_css_class (label, css_class);
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

/* The heading is a label of ours: beside a child as narrow as this one libadwaita 1.7 measures its own for less width than it needs. */
static void
ask_strip (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendPage *self = data;
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), "", NULL);
  AdwMessageDialog *message = ADW_MESSAGE_DIALOG (dialog);
  GtkWidget *spin = gtk_spin_button_new_with_range (2, MAX_PICTURES, 1);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  const char *what;
  GtkLabel *text;
  guint n_ends;

  g_object_get (self->blend, "n-ends", &n_ends, NULL);
  what = n_ends == 4 ? _("Pictures along each side") : _("Pictures from end to end");
  gtk_window_set_title (GTK_WINDOW (dialog), _("Paint a Strip"));
  append_label (box, _("Paint a Strip"), "title-2");
  text = append_label (box, _("They are painted one after the other, on a sheet."), NULL);
  append_label (box, what, "dim-label");
  gtk_box_append (GTK_BOX (box), spin);
  gtk_widget_set_halign (spin, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (spin, _("How many pictures, the ends among them; each is in the gallery afterwards"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, what, -1);
  limn_number_calm (GTK_SPIN_BUTTON (spin));
  if (n_ends == 4)
    g_signal_connect_object (spin, "value-changed", G_CALLBACK (show_count), text, 0);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), n_ends == 4 ? SQUARE_PICTURES : STRIP_PICTURES);
  adw_message_dialog_set_extra_child (message, box);
  g_object_set_data (G_OBJECT (dialog), "limn-number", spin);
  adw_message_dialog_add_responses (message, "cancel", _("_Cancel"), "paint", _("_Paint"), NULL);
  adw_message_dialog_set_response_appearance (message, "paint", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (message, "paint");
  adw_message_dialog_set_close_response (message, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_strip_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* --- A film --- */

static void
ask_sequence (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendPage *self = data;
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  gtk_window_present (GTK_WINDOW (limn_blend_sequence_new (window, self->studio, self->blend)));
}

/* --- The page's --- */

static const GActionEntry entries[] = {
  { .name = "paint", .activate = paint },
  { .name = "paint-ends", .activate = paint_ends },
  { .name = "strip", .activate = ask_strip },
  { .name = "sequence", .activate = ask_sequence },
  { .name = "swap", .activate = swap },
};

void
limn_blend_page_install_paint (LimnBlendPage *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
}

void
limn_blend_page_watch_paint (LimnBlendPage *self)
{
  g_signal_connect_object (limn_studio_get_queue (self->studio), "picture-saved", G_CALLBACK (on_picture_saved), self, 0);
  g_signal_connect_object (limn_studio_get_queue (self->studio), "job-ended", G_CALLBACK (on_job_ended), self, 0);
}
