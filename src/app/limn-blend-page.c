/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The blend says what lies where, the preview has it painted, the widgets show it. While the hand moves nothing here takes longer than making a
 * request and handing it over. */
#include "config.h"

#include "app/limn-blend-page-private.h"

#include "app/limn-blend-sketch.h"
#include "app/limn-files.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (LimnBlendPage, limn_blend_page, GTK_TYPE_WIDGET)

/* --- What is to be seen --- */

static void
update_state (LimnBlendPage *self)
{
  gboolean busy = limn_blend_preview_is_busy (self->preview);

  gtk_widget_set_visible (self->state_box, busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_label_set_label (self->state_label, limn_blend_preview_get_frame (self->preview) ? _("Sketch") : _("Getting ready"));
}

static gboolean
has_words (LimnBlendPage *self)
{
  guint n_ends, way;

  g_object_get (self->blend, "n-ends", &n_ends, "way", &way, NULL);
  for (guint i = 0; way != LIMN_BLEND_IMAGINED && i < n_ends; i++)
    if (limn_blend_get_kind (self->blend, i) == LIMN_BLEND_WORDS)
      return TRUE;
  return FALSE;
}

/* What stands in the way is said where the picture would be; what is left out, below it. */
static void
update_message (LimnBlendPage *self)
{
  g_autofree char *message = NULL, *note = NULL;
  gboolean empty;

  g_object_get (self->blend, "message", &message, "note", &note, "empty", &empty, NULL);
  if (!message)
    message = g_strdup (limn_blend_preview_get_trouble (self->preview));
  gtk_widget_set_visible (self->hint, empty);
  gtk_widget_set_visible (self->blocked, !empty && message);
  gtk_label_set_label (self->message, message ? message : "");
  gtk_widget_set_visible (self->paint_ends_button, has_words (self));
  gtk_label_set_label (self->note, note ? note : "");
  gtk_widget_set_visible (GTK_WIDGET (self->note), note != NULL);
}

static void
set_enabled (LimnBlendPage *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static gboolean
needs_words (LimnBlendPage *self, LimnBlendWay way, guint n_ends)
{
  for (guint i = 0; i < n_ends; i++)
    if (limn_blend_get_kind (self->blend, i) == LIMN_BLEND_PICTURE && !limn_blend_get_request (self->blend, i))
      return way == LIMN_BLEND_DIFFUSED;
  return FALSE;
}

/* What follows from the ends and the way. */
static void
update_parts (LimnBlendPage *self)
{
  LimnBlendSlot *const lower[] = { self->slot_c, self->slot_d };
  GtkToggleButton *const ways[LIMN_BLEND_N_WAYS] = { self->way_imagined, self->way_diffused, self->way_straight };
  guint n_ends, way;
  gboolean ready, loading;

  g_object_get (self->blend, "n-ends", &n_ends, "way", &way, "ready", &ready, "loading", &loading, NULL);
  gtk_widget_set_sensitive (self->scroller, !loading);
  gtk_toggle_button_set_active (n_ends == 4 ? self->four_button : self->two_button, TRUE);
  gtk_toggle_button_set_active (ways[way], TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (lower); i++)
    gtk_widget_set_visible (GTK_WIDGET (lower[i]), n_ends == 4);
  gtk_revealer_set_reveal_child (self->strength_revealer, way == LIMN_BLEND_DIFFUSED);
  gtk_revealer_set_reveal_child (self->words_revealer, needs_words (self, way, n_ends));
  set_enabled (self, "paint", ready);
  set_enabled (self, "strip", ready);
  set_enabled (self, "sequence", ready);
  set_enabled (self, "swap", n_ends == 2);
}

static void
on_end_changed (LimnBlendPage *self, guint index)
{
  LimnImage *thumbnail = limn_blend_get_thumbnail (self->blend, index);
  g_autoptr(GdkTexture) texture = thumbnail ? limn_files_new_texture (thumbnail) : NULL;

  limn_blend_pad_set_end (self->pad, index, texture);
  update_parts (self);
  update_message (self);
}

/* --- Sketches --- */

static void
want (LimnBlendPage *self)
{
  g_autoptr(LimnRequest) request = NULL;
  double u, v;

  self->filling = FALSE;
  g_object_get (self->blend, "u", &u, "v", &v, NULL);
  request = limn_blend_dup_request (self->blend, u, v, NULL);
  if (request)
    limn_blend_preview_want (self->preview, request, u, v);
}

/* Other pictures lie in between now. */
static void
on_changed (LimnBlendPage *self, gboolean gradually)
{
  update_message (self);
  self->tried_ends = 0;
  if (gradually)
    limn_blend_preview_renew (self->preview);
  else
    limn_blend_preview_forget (self->preview);
  limn_blend_map_clear (limn_blend_pad_get_map (self->pad));
  limn_blend_pad_map_changed (self->pad);
  want (self);
}

static LimnBlendSlot *
get_slot (LimnBlendPage *self, guint index)
{
  LimnBlendSlot *const slots[LIMN_BLEND_MAX_ENDS] = { self->slot_a, self->slot_b, self->slot_c, self->slot_d };

  return slots[index];
}

static guint
find_slot (LimnBlendPage *self, LimnBlendSlot *slot)
{
  guint index = 0;

  while (get_slot (self, index) != slot)
    index++;
  return index;
}

/* A sketch of the very end is what its words look like. */
static void
show_at_end (LimnBlendPage *self, const LimnBlendFrame *frame)
{
  LimnBlendSlot *slot;
  guint n_ends, way;

  g_object_get (self->blend, "n-ends", &n_ends, "way", &way, NULL);
  if (way != LIMN_BLEND_IMAGINED || (frame->u != 0 && frame->u != 1) || (n_ends == 4 && frame->v != 0 && frame->v != 1))
    return;
  slot = get_slot (self, (guint) frame->u + (n_ends == 4 ? 2 * (guint) frame->v : 0));
  if (!limn_blend_slot_get_sketch (slot))
    {
      g_autoptr(GdkTexture) texture = limn_files_new_texture (frame->image);

      limn_blend_slot_set_sketch (slot, texture);
      limn_blend_pad_set_end (self->pad, find_slot (self, slot), texture);
    }
}

static void
on_frame (LimnBlendPage *self, const LimnBlendFrame *frame)
{
  if (!frame->aside)
    limn_blend_view_set_picture (self->view, frame->image);
  if (frame->past)
    return;
  if (frame->level == LIMN_BLEND_COARSE)
    show_at_end (self, frame);
  if (frame->level == LIMN_BLEND_COARSE && limn_blend_map_put (limn_blend_pad_get_map (self->pad), frame->image, frame->u, frame->v))
    limn_blend_pad_map_changed (self->pad);
}

static void
on_preview_frame (LimnBlendPage *self)
{
  if (!limn_blend_preview_get_frame (self->preview))
    limn_blend_view_set_picture (self->view, NULL);
  update_state (self);
}

/* Words that have no sketch yet, LIMN_BLEND_MAX_ENDS: none. */
static guint
find_end_to_sketch (LimnBlendPage *self)
{
  guint n_ends, way;

  g_object_get (self->blend, "n-ends", &n_ends, "way", &way, NULL);
  for (guint i = 0; way == LIMN_BLEND_IMAGINED && i < n_ends; i++)
    if (!(self->tried_ends & 1 << i) && limn_blend_get_kind (self->blend, i) == LIMN_BLEND_WORDS &&
        !limn_blend_slot_get_sketch (get_slot (self, i)))
      return i;
  return LIMN_BLEND_MAX_ENDS;
}

/* What was asked for and did not come cannot be painted; it is not asked for again. */
static void
note_tried (LimnBlendPage *self)
{
  if (self->filling_end < LIMN_BLEND_MAX_ENDS)
    self->tried_ends |= 1 << self->filling_end;
  else
    limn_blend_map_skip (limn_blend_pad_get_map (self->pad), self->filling_u, self->filling_v);
}

/* Nobody waits: words are sketched, then the map is filled, beginning where the hand is. */
static void
on_rested (LimnBlendPage *self)
{
  g_autoptr(LimnRequest) request = NULL;
  double u, v;

  if (self->filling)
    note_tried (self);
  self->filling = FALSE;
  g_object_get (self->blend, "u", &u, "v", &v, NULL);
  self->filling_end = find_end_to_sketch (self);
  if (self->filling_end < LIMN_BLEND_MAX_ENDS)
    {
      u = self->filling_end % 2;
      v = self->filling_end / 2;
    }
  else if (!limn_blend_map_find_empty (limn_blend_pad_get_map (self->pad), &u, &v))
    return;
  self->filling_u = u;
  self->filling_v = v;
  request = limn_blend_dup_request (self->blend, u, v, NULL);
  self->filling = request && limn_blend_preview_fill (self->preview, request, u, v);
}

/* --- Choosing --- */

/* The one that is pressed comes first, when the one before it still is too. */
static void
on_way_toggled (LimnBlendPage *self, GtkToggleButton *button)
{
  LimnBlendWay way = button == self->way_diffused   ? LIMN_BLEND_DIFFUSED
                     : button == self->way_straight ? LIMN_BLEND_STRAIGHT
                                                    : LIMN_BLEND_IMAGINED;

  if (self->blend && gtk_toggle_button_get_active (button))
    g_object_set (self->blend, "way", (guint) way, NULL);
}

static void
on_four_toggled (LimnBlendPage *self)
{
  if (self->blend)
    g_object_set (self->blend, "n-ends", gtk_toggle_button_get_active (self->four_button) ? 4 : 2, NULL);
}

static gboolean
ends_to_square (GBinding *binding, const GValue *from, GValue *to, gpointer data)
{
  g_value_set_boolean (to, g_value_get_uint (from) == 4);
  return TRUE;
}

static void
on_paint_end (LimnBlendPage *self, LimnBlendSlot *slot)
{
  limn_blend_page_paint_end (self, find_slot (self, slot));
}

/* Beside the ends: where there is room. */
static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, LimnBlendPage *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files ? g_file_get_path (files->data) : NULL;
  guint n_ends, index = 0;

  g_object_get (self->blend, "n-ends", &n_ends, NULL);
  while (index < n_ends && (limn_blend_get_kind (self->blend, index) != LIMN_BLEND_EMPTY || limn_blend_is_reading (self->blend, index)))
    index++;
  if (!path)
    limn_studio_say (self->studio, _("Only files on this computer can be blended."));
  else if (index == n_ends)
    limn_studio_say (self->studio, _("Drop it on the end whose place it is to take."));
  else
    limn_blend_use_file (self->blend, index, path);
  return path && index < n_ends;
}

/* --- The widget --- */

/* What nobody sees is not painted. */
static void
limn_blend_page_map (GtkWidget *widget)
{
  LimnBlendPage *self = LIMN_BLEND_PAGE (widget);

  GTK_WIDGET_CLASS (limn_blend_page_parent_class)->map (widget);
  if (self->preview)
    limn_blend_preview_set_paused (self->preview, FALSE);
}

static void
limn_blend_page_unmap (GtkWidget *widget)
{
  LimnBlendPage *self = LIMN_BLEND_PAGE (widget);

  if (self->preview)
    limn_blend_preview_set_paused (self->preview, TRUE);
  if (self->blend)
    limn_blend_save (self->blend);
  GTK_WIDGET_CLASS (limn_blend_page_parent_class)->unmap (widget);
}

static void
limn_blend_page_dispose (GObject *object)
{
  LimnBlendPage *self = LIMN_BLEND_PAGE (object);

  if (self->preview)
    {
      g_signal_handlers_disconnect_by_data (self->preview, self);
      limn_blend_preview_set_paused (self->preview, TRUE);
    }
  if (self->blend)
    {
      g_signal_handlers_disconnect_by_data (self->blend, self);
      limn_blend_save (self->blend);
    }
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_BLEND_PAGE);
  g_clear_object (&self->preview);
  g_clear_object (&self->blend);
  g_clear_object (&self->actions);
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    g_clear_object (&self->end_jobs[i]);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_blend_page_parent_class)->dispose (object);
}

static void
limn_blend_page_class_init (LimnBlendPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_blend_page_dispose;
  widget_class->map = limn_blend_page_map;
  widget_class->unmap = limn_blend_page_unmap;
  g_type_ensure (LIMN_TYPE_BLEND_FIGURE);
  g_type_ensure (LIMN_TYPE_BLEND_LAYOUT);
  g_type_ensure (LIMN_TYPE_BLEND_PAD);
  g_type_ensure (LIMN_TYPE_BLEND_SLOT);
  g_type_ensure (LIMN_TYPE_BLEND_VIEW);
  gtk_widget_class_set_css_name (widget_class, "blendpage");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-blend-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, stage);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, layout);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, view);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, hint);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, state_box);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, state_label);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, pad);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, slot_a);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, slot_b);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, slot_c);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, slot_d);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, blocked);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, message);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, paint_ends_button);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, note);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, ways);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, way_imagined);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, way_diffused);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, way_straight);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, figure_diffused);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, strength_revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, strength_scale);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, strength_adjustment);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, words_revealer);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, words_entry);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, two_button);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendPage, four_button);
  gtk_widget_class_bind_template_callback (widget_class, on_way_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_four_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_paint_end);
}

static void
limn_blend_page_init (LimnBlendPage *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  self->actions = g_simple_action_group_new ();
  limn_blend_page_install_paint (self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "blend", G_ACTION_GROUP (self->actions));
  /* The wrapper of a flow box's child would be a stop of its own for the keyboard. */
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->ways)); child; child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_focusable (child, FALSE);
}

static void
bind (LimnBlendPage *self)
{
  GBindingFlags both = G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE;

  g_object_bind_property_full (self->blend, "n-ends", self->pad, "square", G_BINDING_SYNC_CREATE, ends_to_square, NULL, NULL, NULL);
  g_object_bind_property (self->blend, "u", self->pad, "u", both);
  g_object_bind_property (self->blend, "v", self->pad, "v", both);
  g_object_bind_property (self->blend, "strength", self->strength_adjustment, "value", both);
  g_object_bind_property (self->blend, "strength", self->figure_diffused, "strength", G_BINDING_SYNC_CREATE);
  g_object_bind_property (self->blend, "words", self->words_entry, "text", both);
}

void
limn_blend_page_set_studio (LimnBlendPage *self, LimnStudio *studio)
{
  g_autofree char *folder = g_path_get_dirname (limn_job_queue_get_steps_folder (limn_studio_get_queue (studio)));
  g_autofree char *path = g_build_filename (folder, "blend.json", NULL);

  g_return_if_fail (LIMN_IS_BLEND_PAGE (self) && !self->studio);

  self->studio = g_object_ref (studio);
  self->blend = limn_blend_new (limn_studio_get_draft (studio), limn_studio_get_stash (studio), limn_studio_get_keeper (studio), path);
  self->preview = limn_blend_preview_new (&limn_blend_sketch_painter, g_object_ref (limn_studio_get_session (studio)), g_object_unref);
  limn_blend_preview_set_paused (self->preview, !gtk_widget_get_mapped (GTK_WIDGET (self)));
  for (guint i = 0; i < LIMN_BLEND_MAX_ENDS; i++)
    limn_blend_slot_set_end (get_slot (self, i), studio, self->blend, i);
  bind (self);

  g_signal_connect_swapped (self->blend, "end-changed", G_CALLBACK (on_end_changed), self);
  g_signal_connect_swapped (self->blend, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->blend, "notify::u", G_CALLBACK (want), self);
  g_signal_connect_swapped (self->blend, "notify::v", G_CALLBACK (want), self);
  g_signal_connect_swapped (self->blend, "notify::n-ends", G_CALLBACK (update_parts), self);
  g_signal_connect_swapped (self->blend, "notify::way", G_CALLBACK (update_parts), self);
  g_signal_connect_swapped (self->blend, "notify::ready", G_CALLBACK (update_parts), self);
  g_signal_connect_swapped (self->blend, "notify::loading", G_CALLBACK (update_parts), self);
  g_signal_connect_swapped (self->blend, "notify::message", G_CALLBACK (update_message), self);
  g_signal_connect_swapped (self->blend, "notify::note", G_CALLBACK (update_message), self);
  g_signal_connect_swapped (self->blend, "notify::empty", G_CALLBACK (update_message), self);
  g_signal_connect_object (self->blend, "failed", G_CALLBACK (limn_studio_say), studio, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->preview, "frame", G_CALLBACK (on_frame), self);
  g_signal_connect_swapped (self->preview, "rested", G_CALLBACK (on_rested), self);
  g_signal_connect_swapped (self->preview, "notify::frame", G_CALLBACK (on_preview_frame), self);
  g_signal_connect_swapped (self->preview, "notify::busy", G_CALLBACK (update_state), self);
  g_signal_connect_swapped (self->preview, "notify::trouble", G_CALLBACK (update_message), self);
  limn_blend_page_watch_paint (self);
  update_parts (self);
  update_message (self);
  update_state (self);
}

LimnBlend *
limn_blend_page_get_blend (LimnBlendPage *self)
{
  return self->blend;
}

LimnBlendPreview *
limn_blend_page_get_preview (LimnBlendPage *self)
{
  return self->preview;
}
