/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-model-row.h"

#include "app/limn-files.h"

#include <glib/gi18n.h>

struct _LimnModelRow
{
  GtkWidget        parent_instance;

  GtkWidget       *box;
  GtkPicture      *picture;
  GtkImage        *symbol;
  GtkLabel        *name;
  GtkLabel        *about;
  GtkLabel        *below;
  GtkWidget       *unproven;
  GtkWidget       *chosen;
  GtkMenuButton   *menu_button;
  GtkWidget       *forget_button;

  LimnStudio      *studio;
  LimnModelThumbs *thumbs;
  LimnModelEntry  *entry;       /* (nullable) */
  GCancellable    *cancellable; /* (nullable): of its picture */
};

G_DEFINE_FINAL_TYPE (LimnModelRow, limn_model_row, GTK_TYPE_WIDGET)

static const LimnModelFile *
get_file (LimnModelRow *self)
{
  return limn_model_entry_get_file (self->entry);
}

/* --- What it says --- */

static void
append (GString *text, const char *part)
{
  if (!part)
    return;
  if (text->len > 0)
    /* Translators: between what is known of a model: “Stable Diffusion XL, float16, 6.9 GB”. */
    g_string_append (text, C_("facts of a model", ", "));
  /* Each by itself: between words that run from right to left the digits of a size and of a hash would mix (first strong isolate). */
  g_string_append_printf (text, "\u2068%s\u2069", part);
}

char *
limn_model_row_describe (const LimnModelFile *file)
{
  g_autoptr(GString) text = g_string_new (NULL);
  g_autofree char *size = file->bytes > 0 ? g_format_size (file->bytes) : NULL;
  g_autofree char *hash = file->hash ? g_strndup (file->hash, LIMN_MODEL_FILE_SHORT_HASH) : NULL;

  if (file->missing)
    return g_strdup (_("It is not there any more, or on a disk that is not connected."));
  if (file->problem)
    return g_strdup (file->problem);
  append (text, file->family);
  append (text, file->dtype);
  append (text, size);
  append (text, hash);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const char *
get_symbol (LimnResourceKind kind)
{
  switch (kind)
    {
    case LIMN_RESOURCE_LORA:
      return "limn-style-symbolic";
    case LIMN_RESOURCE_CONTROL:
      return "limn-mask-symbolic";
    case LIMN_RESOURCE_EMBEDDING:
      return "insert-text-symbolic";
    default:
      return "limn-picture-symbolic";
    }
}

static void
on_thumb (GdkTexture *texture, gpointer data)
{
  LimnModelRow *self = data;

  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (texture));
  gtk_widget_set_visible (GTK_WIDGET (self->symbol), texture == NULL);
}

static void
stop_thumb (LimnModelRow *self)
{
  if (self->cancellable)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
show_chosen (LimnModelRow *self)
{
  const LimnModelFile *file = self->entry ? get_file (self) : NULL;

  if (file)
    gtk_widget_set_visible (self->chosen, limn_studio_uses_model_file (self->studio, file));
}

static void
show_file (LimnModelRow *self)
{
  const LimnModelFile *file = get_file (self);
  g_autofree char *about = limn_model_row_describe (file);
  g_autofree char *path = g_filename_display_name (file->path);
  g_auto(GStrv) opened = g_settings_get_strv (limn_studio_get_settings (self->studio), "models");
  gboolean bad = file->missing || file->problem;

  gtk_label_set_label (self->name, file->name);
  gtk_label_set_label (self->about, about);
  gtk_label_set_label (self->below, file->below ? file->below : "");
  gtk_widget_set_visible (GTK_WIDGET (self->below), file->below != NULL);
  gtk_widget_set_visible (self->unproven, file->unproven);
  gtk_widget_set_visible (self->forget_button, g_strv_contains ((const char *const *) opened, file->path));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), path);
  gtk_image_set_from_icon_name (self->symbol, bad ? "dialog-warning-symbolic" : get_symbol (file->kind));
  if (bad)
    gtk_widget_add_css_class (GTK_WIDGET (self->about), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->about), "warning");
  show_chosen (self);
  stop_thumb (self);
  self->cancellable = g_cancellable_new ();
  limn_model_thumbs_load (self->thumbs, file, self->cancellable, on_thumb, self);
}

/* --- What it does --- */

static void
on_show_file (LimnModelRow *self)
{
  gtk_menu_button_popdown (self->menu_button);
  limn_files_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), get_file (self)->path);
}

static void
on_forget (LimnModelRow *self)
{
  g_autofree char *path = g_strdup (get_file (self)->path);

  gtk_menu_button_popdown (self->menu_button);
  limn_studio_forget_model (self->studio, path);
}

/* --- The object --- */

static void
limn_model_row_dispose (GObject *object)
{
  LimnModelRow *self = LIMN_MODEL_ROW (object);

  stop_thumb (self);
  if (self->entry)
    g_signal_handlers_disconnect_by_data (self->entry, self);
  g_clear_object (&self->entry);
  if (self->studio)
    g_signal_handlers_disconnect_by_data (limn_studio_get_draft (self->studio), self);
  g_clear_object (&self->studio);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_MODEL_ROW);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (limn_model_row_parent_class)->dispose (object);
}

static void
limn_model_row_class_init (LimnModelRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_model_row_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-model-row.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, box);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, picture);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, symbol);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, name);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, about);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, below);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, unproven);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, chosen);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, menu_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelRow, forget_button);
  gtk_widget_class_bind_template_callback (widget_class, on_show_file);
  gtk_widget_class_bind_template_callback (widget_class, on_forget);
}

static void
limn_model_row_init (LimnModelRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
limn_model_row_new (LimnStudio *studio, LimnModelThumbs *thumbs)
{
  LimnModelRow *self = g_object_new (LIMN_TYPE_MODEL_ROW, NULL);

  self->studio = g_object_ref (studio);
  self->thumbs = thumbs;
  g_signal_connect_swapped (limn_studio_get_draft (studio), "notify::model", G_CALLBACK (show_chosen), self);
  g_signal_connect_swapped (limn_studio_get_draft (studio), "notify::vae", G_CALLBACK (show_chosen), self);
  g_signal_connect_swapped (limn_studio_get_draft (studio), "notify::loras", G_CALLBACK (show_chosen), self);
  g_signal_connect_swapped (limn_studio_get_draft (studio), "notify::controls", G_CALLBACK (show_chosen), self);
  return GTK_WIDGET (self);
}

void
limn_model_row_set_entry (LimnModelRow *self, LimnModelEntry *entry)
{
  if (self->entry)
    g_signal_handlers_disconnect_by_data (self->entry, self);
  stop_thumb (self);
  on_thumb (NULL, self);
  g_set_object (&self->entry, entry);
  if (!entry)
    return;
  g_signal_connect_swapped (entry, "notify::file", G_CALLBACK (show_file), self);
  show_file (self);
}
