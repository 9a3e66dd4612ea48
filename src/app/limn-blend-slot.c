/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-blend-slot.h"

#include "app/limn-files.h"

#include <glib/gi18n.h>

struct _LimnBlendSlot
{
  GtkWidget             parent_instance;

  GtkWidget            *button;
  GtkPicture           *picture;
  GtkWidget            *plus;
  GtkLabel             *words;
  GtkSpinner           *spinner;
  GtkLabel             *letter;
  GtkPopover           *menu_popover;
  GtkPopover           *words_popover;
  GtkTextView          *prompt_view;
  GtkEntry             *seed_entry;
  GtkWidget            *use_button;

  LimnStudio           *studio;
  LimnBlend            *blend;
  guint                 index;
  GSimpleActionGroup   *actions;
  GtkFileChooserNative *chooser; /* (nullable) */
  GdkTexture           *sketch;  /* (nullable): of words */
};

static guint signal_paint;

G_DEFINE_FINAL_TYPE (LimnBlendSlot, limn_blend_slot, GTK_TYPE_WIDGET)

/* --- What it shows --- */

static char *
describe (LimnBlendSlot *self)
{
  const char *letter = limn_blend_get_letter (self->index);
  const LimnRequest *request = limn_blend_get_request (self->blend, self->index);
  const char *name = limn_blend_get_name (self->blend, self->index);

  switch (limn_blend_get_kind (self->blend, self->index))
    {
    case LIMN_BLEND_WORDS:
      /* Translators: the first %s is the letter of a corner, the second what is to be painted there. */
      return g_strdup_printf (_("%s: “%s”, not painted yet"), letter, request->prompt);
    case LIMN_BLEND_PICTURE:
      if (request && *request->prompt)
        /* Translators: the first %s is the letter of a corner, the second the prompt of the picture there. */
        return g_strdup_printf (_("%s: “%s”"), letter, request->prompt);
      if (name)
        {
          g_autofree char *shown = g_filename_display_name (name);

          return g_strdup_printf ("%s: %s", letter, shown);
        }
      /* Translators: %s is the letter of a corner. */
      return g_strdup_printf (_("%s: a picture"), letter);
    case LIMN_BLEND_EMPTY:
    default:
      /* Translators: %s is the letter of a corner. */
      return g_strdup_printf (_("%s: empty. Drop a picture here, or press to choose one"), letter);
    }
}

static void
set_enabled (LimnBlendSlot *self, const char *name, gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static void
update_actions (LimnBlendSlot *self)
{
  LimnBlendKind kind = limn_blend_get_kind (self->blend, self->index);
  guint n_ends;

  g_object_get (self->blend, "n-ends", &n_ends, NULL);
  set_enabled (self, "shown", limn_studio_get_path (self->studio) != NULL || limn_studio_get_picture (self->studio) != NULL);
  set_enabled (self, "paint", kind == LIMN_BLEND_WORDS);
  set_enabled (self, "remove", kind != LIMN_BLEND_EMPTY);
  set_enabled (self, "swap-down", n_ends == 4);
}

static void
update (LimnBlendSlot *self)
{
  LimnBlendKind kind = limn_blend_get_kind (self->blend, self->index);
  LimnImage *thumbnail = limn_blend_get_thumbnail (self->blend, self->index);
  gboolean reading = limn_blend_is_reading (self->blend, self->index);
  g_autoptr(GdkTexture) texture = thumbnail ? limn_files_new_texture (thumbnail) : NULL;
  g_autofree char *text = describe (self);

  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (kind == LIMN_BLEND_WORDS ? self->sketch : texture));
  gtk_label_set_label (self->words, kind == LIMN_BLEND_WORDS ? limn_blend_get_request (self->blend, self->index)->prompt : "");
  gtk_widget_set_visible (GTK_WIDGET (self->words), kind == LIMN_BLEND_WORDS && !reading && !self->sketch);
  gtk_widget_set_visible (self->plus, kind == LIMN_BLEND_EMPTY && !reading);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), reading);
  gtk_spinner_set_spinning (self->spinner, reading);
  if (kind == LIMN_BLEND_EMPTY)
    gtk_widget_add_css_class (GTK_WIDGET (self), "empty");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "empty");
  gtk_widget_set_tooltip_text (self->button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  update_actions (self);
}

static void
on_end_changed (LimnBlendSlot *self, guint index)
{
  if (index != self->index)
    return;
  g_clear_object (&self->sketch);
  update (self);
}

static void
on_clicked (LimnBlendSlot *self)
{
  gtk_popover_popup (self->menu_popover);
}

/* --- Pictures --- */

static void
use_shown (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendSlot *self = data;
  const char *path = limn_studio_get_path (self->studio);
  LimnImage *picture = limn_studio_get_picture (self->studio);
  LimnReel *reel = limn_studio_get_reel (self->studio);

  if (path)
    limn_blend_use_file (self->blend, self->index, path);
  else if (picture)
    limn_blend_use_picture (self->blend, self->index, picture, reel ? limn_reel_get_request (reel) : NULL);
}

static void
on_chosen (GtkNativeDialog *dialog, int response, LimnBlendSlot *self)
{
  g_autoptr(GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (dialog));
  g_autofree char *path = file ? g_file_get_path (file) : NULL;

  g_clear_object (&self->chooser);
  if (response != GTK_RESPONSE_ACCEPT)
    return;
  if (path)
    limn_blend_use_file (self->blend, self->index, path);
  else
    limn_studio_say (self->studio, _("Only files on this computer can be blended."));
}

static void
open_file (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendSlot *self = data;
  g_autoptr(GFile) folder = g_file_new_for_path (limn_studio_get_folder (self->studio));
  g_autoptr(GtkFileFilter) filter = gtk_file_filter_new ();

  if (self->chooser)
    return;
  self->chooser = gtk_file_chooser_native_new (_("Blend a Picture"), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, _("_Use"), NULL);
  gtk_file_filter_set_name (filter, _("Pictures"));
  gtk_file_filter_add_mime_type (filter, "image/png");
  gtk_file_filter_add_mime_type (filter, "image/jpeg");
  gtk_file_filter_add_mime_type (filter, "image/webp");
  gtk_file_filter_add_mime_type (filter, "image/tiff");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (self->chooser), filter);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  /* One that is not there yet is no start. */
  gtk_file_chooser_set_current_folder (GTK_FILE_CHOOSER (self->chooser), folder, NULL);
  g_signal_connect (self->chooser, "response", G_CALLBACK (on_chosen), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
remove_end (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendSlot *self = data;

  limn_blend_clear (self->blend, self->index);
}

static void
paint_end (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  g_signal_emit (data, signal_paint, 0);
}

/* A and B, C and D. */
static void
swap_across (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendSlot *self = data;

  limn_blend_swap (self->blend, self->index, self->index ^ 1);
}

/* A and C, B and D. */
static void
swap_down (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendSlot *self = data;

  limn_blend_swap (self->blend, self->index, self->index ^ 2);
}

/* --- Words --- */

static char *
dup_prompt (LimnBlendSlot *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->prompt_view);
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  return g_strstrip (gtk_text_buffer_get_text (buffer, &start, &end, FALSE));
}

static gboolean
get_seed (LimnBlendSlot *self, guint64 *seed)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->seed_entry))));

  return g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, seed, NULL);
}

static void
on_words_changed (LimnBlendSlot *self)
{
  g_autofree char *prompt = dup_prompt (self);
  guint64 seed;
  gboolean valid = get_seed (self, &seed);

  if (valid)
    gtk_widget_remove_css_class (GTK_WIDGET (self->seed_entry), "error");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->seed_entry), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (self->seed_entry), GTK_ACCESSIBLE_STATE_INVALID,
                               valid ? GTK_ACCESSIBLE_INVALID_FALSE : GTK_ACCESSIBLE_INVALID_TRUE, -1);
  gtk_widget_set_sensitive (self->use_button, valid && *prompt);
}

static void
show_seed (LimnBlendSlot *self, guint64 seed)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);

  gtk_editable_set_text (GTK_EDITABLE (self->seed_entry), text);
}

static void
on_roll (LimnBlendSlot *self)
{
  show_seed (self, g_random_int ());
}

static void
on_use_words (LimnBlendSlot *self)
{
  g_autofree char *prompt = dup_prompt (self);
  guint64 seed;

  if (!*prompt || !get_seed (self, &seed))
    return;
  gtk_popover_popdown (self->words_popover);
  limn_blend_use_words (self->blend, self->index, prompt, seed);
}

static void
edit_words (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  LimnBlendSlot *self = data;
  const LimnRequest *request = limn_blend_get_request (self->blend, self->index);
  const char *prompt = request ? request->prompt : limn_draft_get_prompt (limn_studio_get_draft (self->studio));

  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->prompt_view), prompt, -1);
  show_seed (self, request ? limn_request_get_seed (request) : g_random_int ());
  on_words_changed (self);
  gtk_popover_popup (self->words_popover);
  gtk_widget_grab_focus (GTK_WIDGET (self->prompt_view));
}

/* --- Dropping and dragging --- */

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, LimnBlendSlot *self)
{
  GSList *files;
  g_autofree char *path = NULL;

  if (G_VALUE_HOLDS (value, LIMN_TYPE_BLEND_SLOT))
    {
      LimnBlendSlot *other = g_value_get_object (value);

      if (other == self || other->blend != self->blend)
        return FALSE;
      limn_blend_swap (self->blend, self->index, other->index);
      return TRUE;
    }
  files = g_value_get_boxed (value);
  path = files ? g_file_get_path (files->data) : NULL;
  if (!path)
    {
      limn_studio_say (self->studio, _("Only files on this computer can be blended."));
      return FALSE;
    }
  limn_blend_use_file (self->blend, self->index, path);
  return TRUE;
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, LimnBlendSlot *self)
{
  if (limn_blend_get_kind (self->blend, self->index) == LIMN_BLEND_EMPTY)
    return NULL;
  return gdk_content_provider_new_typed (LIMN_TYPE_BLEND_SLOT, self);
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, LimnBlendSlot *self)
{
  g_autoptr(GdkPaintable) icon = gtk_widget_paintable_new (GTK_WIDGET (self));

  gtk_drag_source_set_icon (source, icon, 0, 0);
}

/* --- The widget --- */

static const GActionEntry entries[] = {
  { .name = "shown", .activate = use_shown },
  { .name = "open", .activate = open_file },
  { .name = "words", .activate = edit_words },
  { .name = "paint", .activate = paint_end },
  { .name = "remove", .activate = remove_end },
  { .name = "swap-across", .activate = swap_across },
  { .name = "swap-down", .activate = swap_down },
};

static void
limn_blend_slot_dispose (GObject *object)
{
  LimnBlendSlot *self = LIMN_BLEND_SLOT (object);

  if (self->chooser)
    gtk_native_dialog_destroy (GTK_NATIVE_DIALOG (self->chooser));
  g_clear_object (&self->chooser);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_BLEND_SLOT);
  g_clear_object (&self->blend);
  g_clear_object (&self->studio);
  g_clear_object (&self->actions);
  g_clear_object (&self->sketch);
  G_OBJECT_CLASS (limn_blend_slot_parent_class)->dispose (object);
}

static void
limn_blend_slot_class_init (LimnBlendSlotClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_blend_slot_dispose;
  signal_paint = g_signal_new ("paint", LIMN_TYPE_BLEND_SLOT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_css_name (widget_class, "blendslot");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-blend-slot.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, button);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, picture);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, plus);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, words);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, spinner);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, letter);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, menu_popover);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, words_popover);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, prompt_view);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, seed_entry);
  gtk_widget_class_bind_template_child (widget_class, LimnBlendSlot, use_button);
  gtk_widget_class_bind_template_callback (widget_class, on_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_words_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_roll);
  gtk_widget_class_bind_template_callback (widget_class, on_use_words);
}

static void
limn_blend_slot_init (LimnBlendSlot *self)
{
  GType types[] = { LIMN_TYPE_BLEND_SLOT, GDK_TYPE_FILE_LIST };
  GtkDropTarget *drop = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY | GDK_ACTION_MOVE);
  GtkDragSource *drag = gtk_drag_source_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "slot", G_ACTION_GROUP (self->actions));

  gtk_drop_target_set_gtypes (drop, types, G_N_ELEMENTS (types));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  gtk_drag_source_set_actions (drag, GDK_ACTION_MOVE);
  g_signal_connect (drag, "prepare", G_CALLBACK (on_drag_prepare), self);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  gtk_widget_add_controller (self->button, GTK_EVENT_CONTROLLER (drag));
}

void
limn_blend_slot_set_end (LimnBlendSlot *self, LimnStudio *studio, LimnBlend *blend, guint index)
{
  g_return_if_fail (LIMN_IS_BLEND_SLOT (self) && !self->blend && index < LIMN_BLEND_MAX_ENDS);

  self->studio = g_object_ref (studio);
  self->blend = g_object_ref (blend);
  self->index = index;
  gtk_label_set_label (self->letter, limn_blend_get_letter (index));
  g_signal_connect_object (blend, "end-changed", G_CALLBACK (on_end_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (blend, "notify::n-ends", G_CALLBACK (update_actions), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::path", G_CALLBACK (update_actions), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::picture", G_CALLBACK (update_actions), self, G_CONNECT_SWAPPED);
  update (self);
}

void
limn_blend_slot_set_sketch (LimnBlendSlot *self, GdkTexture *sketch)
{
  g_return_if_fail (LIMN_IS_BLEND_SLOT (self));

  if (g_set_object (&self->sketch, sketch))
    update (self);
}

GdkTexture *
limn_blend_slot_get_sketch (LimnBlendSlot *self)
{
  return self->sketch;
}
