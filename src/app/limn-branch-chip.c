/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The thumbnails are those of the reel of the picture that the draft parts from: the one that is shown, else it is opened for this. Where there
 * is none the steps were not kept, and painting begins by computing them again. */
#include "config.h"

#include "app/limn-branch-chip.h"

#include "app/limn-files.h"
#include "app/limn-words.h"
#include "session/limn-request-chain.h"

#include <glib/gi18n.h>

struct _LimnBranchChip
{
  GtkWidget         parent_instance;

  GtkRevealer      *revealer;
  GtkMenuButton    *button;
  GtkImage         *thumbnail;
  GtkWidget        *icon;
  GtkLabel         *label;
  GtkLabel         *step_label;
  GtkImage         *preview;
  GtkAdjustment    *step;
  GtkCheckButton   *none;
  GtkCheckButton   *stream;
  GtkCheckButton   *renoise;
  GtkWidget        *stream_row;
  GtkLabel         *stream_text;
  GtkWidget        *amount_box;
  GtkAdjustment    *amount;
  GtkLabel         *amount_label;
  GtkCheckButton   *other_noise;
  GtkWidget        *missing;
  GtkLabel         *missing_text;

  LimnStudio       *studio;
  LimnDraft        *draft;
  LimnReel         *reel;    /* (nullable): of what it parts from */
  GCancellable     *opening; /* (nullable) */
  gboolean          looked;  /* whether there is a reel is known */
  LimnReelStep     *shown;   /* (nullable): whose thumbnail is waited for */
  gboolean          changing; /* by us */
};

G_DEFINE_FINAL_TYPE (LimnBranchChip, limn_branch_chip, GTK_TYPE_WIDGET)

/* --- What it says --- */

static guint
get_n_steps (LimnBranchChip *self, const LimnRequestBranch *branch)
{
  return self->reel ? MAX (limn_reel_get_n_steps (self->reel), 1) : MAX (branch->from->steps, branch->step + 1);
}

static void
update_thumbnail (LimnBranchChip *self)
{
  LimnImage *image = self->shown ? limn_reel_step_get_thumbnail (self->shown) : NULL;
  g_autoptr(GdkTexture) texture = image ? limn_files_new_texture (image) : NULL;

  gtk_image_set_from_paintable (self->thumbnail, GDK_PAINTABLE (texture));
  gtk_image_set_from_paintable (self->preview, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (GTK_WIDGET (self->thumbnail), texture != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->preview), texture != NULL);
  gtk_widget_set_visible (self->icon, texture == NULL);
}

static void
on_frame (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnImage) frame = limn_reel_get_frame_finish (LIMN_REEL (source), result, NULL);

  g_debug ("%s", frame ? "decoded" : "not decoded");
}

/* Thumbnails are made one after the other when there is nothing else to do; this one is wanted now, and comes of its frame. */
static void
ask_for_thumbnail (LimnBranchChip *self, guint step)
{
  if (self->shown && !limn_reel_step_get_thumbnail (self->shown) && !limn_reel_is_live (self->reel))
    limn_reel_get_frame_async (self->reel, step, NULL, on_frame, NULL);
}

static void
show_step (LimnBranchChip *self, guint step)
{
  guint n = self->reel ? g_list_model_get_n_items (G_LIST_MODEL (self->reel)) : 0;
  g_autoptr(LimnReelStep) entry = step > 0 && step <= n ? g_list_model_get_item (G_LIST_MODEL (self->reel), step - 1) : NULL;

  if (entry != self->shown)
    {
      if (self->shown)
        g_signal_handlers_disconnect_by_data (self->shown, self);
      g_set_object (&self->shown, entry);
      if (entry)
        g_signal_connect_swapped (entry, "notify::thumbnail", G_CALLBACK (update_thumbnail), self);
      ask_for_thumbnail (self, step);
    }
  update_thumbnail (self);
}

static char *
describe (LimnBranchChip *self, const LimnRequestBranch *branch)
{
  guint n = get_n_steps (self, branch);
  g_autofree char *percent = limn_words_percent ((guint) (branch->noise_amount * 100 + 0.5));

  switch (branch->noise)
    {
    case LIMN_FRESH_NOISE_RENOISE:
      /* Translators: the step after which a picture parts from another, how many steps that one has, a share in percent. */
      return g_strdup_printf (_("From step %u of %u, %s fresh noise"), branch->step, n, percent);
    case LIMN_FRESH_NOISE_STREAM:
      /* Translators: the step after which a picture parts from another, and how many steps that one has. */
      return g_strdup_printf (_("From step %u of %u, other noise on the way"), branch->step, n);
    default:
      if (branch->step == 0)
        return g_strdup (_("From the same noise"));
      /* Translators: the step after which a picture parts from another, and how many steps that one has. */
      return g_strdup_printf (_("From step %u of %u"), branch->step, n);
    }
}

/* Where its sampler draws none there is none to change. */
static void
update_stream (LimnBranchChip *self)
{
  g_autoptr(LimnRequest) request = limn_draft_dup_request (self->draft);
  gboolean draws = limn_request_draws_noise (request);

  gtk_widget_set_sensitive (self->stream_row, draws);
  gtk_label_set_label (self->stream_text, draws ? _("The step stays as it is, but what the sampler adds after it is other noise.")
                                                : _("Not with this sampler: it adds no noise on its way."));
}

static void
update_missing (LimnBranchChip *self, const LimnRequestBranch *branch)
{
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->missing, self->looked && !self->reel && branch->step > 0);
  /* Translators: of a branch from a picture whose steps are not there any more. */
  text = g_strdup_printf (ngettext ("The first step is computed again: it was not kept.",
                                    "The first %u steps are computed again: they were not kept.", branch->step),
                          branch->step);
  gtk_label_set_label (self->missing_text, text);
}

/* A menu button is a button in which there is one; the inner one has the focus. */
static void
set_name (LimnBranchChip *self, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (gtk_widget_get_first_child (GTK_WIDGET (self->button))),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
update (LimnBranchChip *self)
{
  const LimnRequestBranch *branch = limn_draft_get_branch (self->draft);
  g_autofree char *text = NULL;
  g_autofree char *step = NULL;
  g_autofree char *percent = NULL;
  guint n;

  gtk_revealer_set_reveal_child (self->revealer, branch != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self), branch != NULL);
  if (!branch)
    return;
  n = get_n_steps (self, branch);
  text = describe (self, branch);
  gtk_label_set_label (self->label, text);
  set_name (self, text);
  /* Translators: the number of a step and of all steps. */
  step = g_strdup_printf (_("Step %u of %u"), branch->step, n);
  gtk_label_set_label (self->step_label, step);
  percent = limn_words_percent ((guint) (branch->noise_amount * 100 + 0.5));
  gtk_label_set_label (self->amount_label, percent);
  self->changing = TRUE;
  gtk_adjustment_set_upper (self->step, n - 1);
  gtk_adjustment_set_value (self->step, branch->step);
  gtk_adjustment_set_value (self->amount, branch->noise_amount * 100);
  gtk_check_button_set_active (branch->noise == LIMN_FRESH_NOISE_RENOISE  ? self->renoise
                               : branch->noise == LIMN_FRESH_NOISE_STREAM ? self->stream
                                                                          : self->none,
                               TRUE);
  self->changing = FALSE;
  gtk_widget_set_sensitive (self->amount_box, branch->noise == LIMN_FRESH_NOISE_RENOISE);
  gtk_widget_set_sensitive (GTK_WIDGET (self->other_noise), branch->noise != LIMN_FRESH_NOISE_NONE);
  update_stream (self);
  update_missing (self, branch);
  show_step (self, branch->step);
}

/* --- The reel --- */

static void
set_reel (LimnBranchChip *self, LimnReel *reel)
{
  if (self->reel && self->reel != reel)
    g_signal_handlers_disconnect_by_data (self->reel, self);
  if (g_set_object (&self->reel, reel) && reel)
    g_signal_connect_swapped (reel, "items-changed", G_CALLBACK (update), self);
}

static void
on_reel_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnBranchChip) self = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnReel) reel = limn_reel_open_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || !self->studio)
    return;
  g_clear_object (&self->opening);
  self->looked = TRUE;
  set_reel (self, reel);
  update (self);
}

/* Of the very picture: its request tells, since an id may be unknown. */
static void
find_reel (LimnBranchChip *self)
{
  const LimnRequestBranch *branch = limn_draft_get_branch (self->draft);
  const char *id = limn_draft_get_branch_steps_id (self->draft);
  LimnReel *shown = limn_studio_get_reel (self->studio);
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;

  if (!branch || (self->reel && id && g_str_equal (limn_reel_get_id (self->reel), id)))
    return;
  if (self->opening)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  self->looked = TRUE;
  set_reel (self, NULL);
  if (!id)
    return;
  if (shown && g_str_equal (limn_reel_get_id (shown), id))
    {
      set_reel (self, shown);
      return;
    }
  self->looked = FALSE;
  self->opening = g_cancellable_new ();
  name = g_strconcat (id, ".safetensors", NULL);
  path = g_build_filename (limn_job_queue_get_steps_folder (limn_studio_get_queue (self->studio)), name, NULL);
  limn_reel_open_async (limn_studio_get_session (self->studio), path, id, self->opening, on_reel_opened, g_object_ref (self));
}

static void
on_branch_changed (LimnBranchChip *self)
{
  if (!limn_draft_get_branch (self->draft))
    {
      gtk_menu_button_popdown (self->button);
      set_reel (self, NULL);
      show_step (self, 0);
    }
  find_reel (self);
  update (self);
}

/* --- Choosing --- */

static void
on_step_changed (LimnBranchChip *self)
{
  if (!self->changing && self->draft)
    g_object_set (self->draft, "branch-step", (guint) (gtk_adjustment_get_value (self->step) + 0.5), NULL);
}

static void
on_amount_changed (LimnBranchChip *self)
{
  if (!self->changing && self->draft)
    g_object_set (self->draft, "noise-amount", gtk_adjustment_get_value (self->amount) / 100, NULL);
}

static void
on_noise_toggled (LimnBranchChip *self)
{
  guint noise = gtk_check_button_get_active (self->renoise)  ? LIMN_FRESH_NOISE_RENOISE
                : gtk_check_button_get_active (self->stream) ? LIMN_FRESH_NOISE_STREAM
                                                             : LIMN_FRESH_NOISE_NONE;

  if (!self->changing && self->draft)
    g_object_set (self->draft, "fresh-noise", noise, NULL);
}

static void
on_close (LimnBranchChip *self)
{
  limn_draft_set_branch (self->draft, NULL, NULL, 0);
}

/* --- The widget --- */

static void
limn_branch_chip_dispose (GObject *object)
{
  LimnBranchChip *self = LIMN_BRANCH_CHIP (object);

  if (self->opening)
    g_cancellable_cancel (self->opening);
  g_clear_object (&self->opening);
  if (self->shown)
    g_signal_handlers_disconnect_by_data (self->shown, self);
  g_clear_object (&self->shown);
  set_reel (self, NULL);
  if (self->revealer)
    gtk_widget_unparent (GTK_WIDGET (self->revealer));
  self->revealer = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_BRANCH_CHIP);
  g_clear_object (&self->draft);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_branch_chip_parent_class)->dispose (object);
}

static void
limn_branch_chip_class_init (LimnBranchChipClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_branch_chip_dispose;
  gtk_widget_class_set_css_name (widget_class, "branchchip");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-branch-chip.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, button);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, thumbnail);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, icon);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, label);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, step_label);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, preview);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, step);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, none);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, stream);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, renoise);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, stream_row);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, stream_text);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, amount_box);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, amount);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, amount_label);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, other_noise);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, missing);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchChip, missing_text);
  gtk_widget_class_bind_template_callback (widget_class, on_step_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_amount_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_noise_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_close);
}

static void
limn_branch_chip_init (LimnBranchChip *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* Until it is one. */
  set_name (self, _("Branch"));
}

void
limn_branch_chip_set_studio (LimnBranchChip *self, LimnStudio *studio)
{
  static const char *const changes[] = { "notify::branch", "notify::branch-step", "notify::sampler", "notify::eta" };

  g_return_if_fail (LIMN_IS_BRANCH_CHIP (self) && !self->studio);

  self->studio = g_object_ref (studio);
  self->draft = g_object_ref (limn_studio_get_draft (studio));
  g_object_bind_property (self->draft, "seed-locked", self->other_noise, "active",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE | G_BINDING_INVERT_BOOLEAN);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    g_signal_connect_object (self->draft, changes[i], G_CALLBACK (on_branch_changed), self, G_CONNECT_SWAPPED);
  on_branch_changed (self);
}
