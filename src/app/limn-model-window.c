/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-model-window.h"

#include "app/limn-model-chooser.h"
#include "app/limn-model-folders.h"
#include "app/limn-model-row.h"
#include "session/limn-draft-loras.h"

#include <glib/gi18n.h>
#include <string.h>

struct _LimnModelWindow
{
  AdwWindow           parent_instance;

  GtkWidget          *box;
  GtkMenuButton      *folders_button;
  LimnModelFolders   *folders;
  GtkWidget          *spinner;
  GtkToggleButton    *search_button;
  GtkSearchBar       *search_bar;
  GtkSearchEntry     *search_entry;
  GtkWidget          *kinds_scroller;
  GtkBox             *kinds_box;
  GtkStack           *stack;
  GtkListView        *list;

  LimnStudio         *studio;
  LimnModelThumbs    *thumbs;
  GtkToggleButton    *kind_buttons[LIMN_RESOURCE_N_KINDS];
  LimnResourceKind    kind;
  GtkFilter          *filter;
  GtkFilterListModel *found;
  char              **words; /* what is searched for, folded */
};

G_DEFINE_FINAL_TYPE (LimnModelWindow, limn_model_window, ADW_TYPE_WINDOW)

static LimnModelLibrary *
get_library (LimnModelWindow *self)
{
  return limn_studio_get_models (self->studio);
}

/* --- What is shown --- */

/* What cannot be used stands among the models: there it is looked for. */
static LimnResourceKind
get_shown_kind (const LimnModelFile *file)
{
  return file->kind < LIMN_RESOURCE_N_KINDS ? file->kind : LIMN_RESOURCE_MODEL;
}

static gboolean
has_words (const LimnModelFile *file, char **words)
{
  g_autofree char *about = g_strjoin (" ", file->name, file->below ? file->below : "", file->family ? file->family : "",
                                      file->hash ? file->hash : "", NULL);
  g_autofree char *folded = g_utf8_casefold (about, -1);

  for (guint i = 0; words && words[i]; i++)
    if (!strstr (folded, words[i]))
      return FALSE;
  return TRUE;
}

static gboolean
is_shown (gpointer item, gpointer data)
{
  LimnModelWindow *self = data;
  const LimnModelFile *file = limn_model_entry_get_file (item);

  return get_shown_kind (file) == self->kind && has_words (file, self->words);
}

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const LimnModelFile *file_a = limn_model_entry_get_file ((LimnModelEntry *) a);
  const LimnModelFile *file_b = limn_model_entry_get_file ((LimnModelEntry *) b);
  gboolean bad_a = file_a->problem || file_a->missing, bad_b = file_b->problem || file_b->missing;
  int order = bad_a - bad_b;

  if (order == 0)
    order = g_utf8_collate (file_a->name, file_b->name);
  return order != 0 ? order : g_strcmp0 (file_a->path, file_b->path);
}

static void
update_stack (LimnModelWindow *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (get_library (self))) > 0;
  gboolean found = g_list_model_get_n_items (G_LIST_MODEL (self->found)) > 0;

  gtk_stack_set_visible_child_name (self->stack, found ? "list" : any ? "nothing" : "empty");
  gtk_widget_set_visible (GTK_WIDGET (self->search_button), any);
}

/* Translators: each is followed by a number in a button: how many of them there are. */
static const char *const kind_names[] = { N_("Models"), N_("VAEs"), N_("LoRAs"), N_("ControlNets"), N_("Words"), N_("Preview decoders") };

/* @usable: only what can be used, as the panel counts. */
static guint
count (LimnModelWindow *self, LimnResourceKind kind, gboolean usable)
{
  GListModel *all = G_LIST_MODEL (get_library (self));
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (all); i++)
    {
      g_autoptr(LimnModelEntry) entry = g_list_model_get_item (all, i);
      const LimnModelFile *file = limn_model_entry_get_file (entry);

      n += get_shown_kind (file) == kind && !(usable && (file->problem || file->missing));
    }
  return n;
}

/* A kind of which there is nothing has no button, and one kind alone needs none. */
static void
update_kinds (LimnModelWindow *self)
{
  guint n_kinds = 0, first = self->kind;

  for (guint kind = LIMN_RESOURCE_N_KINDS; kind-- > 0;)
    {
      guint n = count (self, kind, FALSE);
      /* Translators: a kind of files (“LoRAs”), and how many there are. */
      g_autofree char *label = g_strdup_printf (C_("kind and number", "%s %u"), _(kind_names[kind]), count (self, kind, TRUE));

      gtk_button_set_label (GTK_BUTTON (self->kind_buttons[kind]), label);
      gtk_widget_set_visible (GTK_WIDGET (self->kind_buttons[kind]), n > 0);
      n_kinds += n > 0;
      if (n > 0)
        first = kind;
    }
  gtk_widget_set_visible (self->kinds_scroller, n_kinds > 1);
  if (n_kinds > 0 && count (self, self->kind, FALSE) == 0)
    gtk_toggle_button_set_active (self->kind_buttons[first], TRUE);
}

static void
update (LimnModelWindow *self)
{
  gboolean scanning = limn_model_library_is_scanning (get_library (self));

  gtk_widget_set_visible (self->spinner, scanning);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), scanning);
  update_kinds (self);
  update_stack (self);
}

static void
on_kind_toggled (GtkToggleButton *button, LimnModelWindow *self)
{
  if (!gtk_toggle_button_get_active (button))
    return;
  for (guint kind = 0; kind < LIMN_RESOURCE_N_KINDS; kind++)
    if (self->kind_buttons[kind] == button)
      self->kind = kind;
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_stack (self);
}

static void
on_search (LimnModelWindow *self)
{
  g_autofree char *folded = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search_entry)), -1);

  g_strfreev (self->words);
  self->words = g_strsplit (folded, " ", -1);
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_stack (self);
}

static void
add_kinds (LimnModelWindow *self)
{
  for (guint kind = 0; kind < LIMN_RESOURCE_N_KINDS; kind++)
    {
      GtkWidget *button = gtk_toggle_button_new ();

      gtk_widget_add_css_class (button, "model-kind");
      gtk_widget_add_css_class (button, "flat");
      if (kind > 0)
        gtk_toggle_button_set_group (GTK_TOGGLE_BUTTON (button), self->kind_buttons[0]);
      self->kind_buttons[kind] = GTK_TOGGLE_BUTTON (button);
      gtk_box_append (self->kinds_box, button);
    }
  gtk_toggle_button_set_active (self->kind_buttons[self->kind], TRUE);
  for (guint kind = 0; kind < LIMN_RESOURCE_N_KINDS; kind++)
    g_signal_connect (self->kind_buttons[kind], "toggled", G_CALLBACK (on_kind_toggled), self);
}

/* --- Lines --- */

static void
on_setup (GtkListItemFactory *factory, GtkListItem *item, LimnModelWindow *self)
{
  gtk_list_item_set_child (item, limn_model_row_new (self->studio, self->thumbs));
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *item, LimnModelWindow *self)
{
  LimnModelEntry *entry = gtk_list_item_get_item (item);
  GtkWidget *child = gtk_list_item_get_child (item);
  GtkWidget *cell = gtk_widget_get_parent (child);

  limn_model_row_set_entry (LIMN_MODEL_ROW (child), entry);
  gtk_accessible_update_property (GTK_ACCESSIBLE (cell), GTK_ACCESSIBLE_PROPERTY_LABEL, limn_model_entry_get_file (entry)->name, -1);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *item, LimnModelWindow *self)
{
  limn_model_row_set_entry (LIMN_MODEL_ROW (gtk_list_item_get_child (item)), NULL);
}

/* A model is what one comes for; of what belongs to it several may be wanted. */
static void
on_activate (GtkListView *list, guint position, LimnModelWindow *self)
{
  g_autoptr(LimnModelEntry) entry = g_list_model_get_item (G_LIST_MODEL (gtk_list_view_get_model (list)), position);
  g_autoptr(LimnModelFile) file = limn_model_file_ref ((LimnModelFile *) limn_model_entry_get_file (entry));

  /* Its row says why. */
  if (file->missing || file->problem)
    {
      gtk_widget_error_bell (GTK_WIDGET (list));
      return;
    }
  /* A second click takes it back. */
  if (file->kind == LIMN_RESOURCE_LORA && limn_studio_uses_model_file (self->studio, file))
    {
      limn_draft_remove_lora (limn_studio_get_draft (self->studio), file->path);
      return;
    }
  limn_studio_use_model_file (self->studio, file);
  if (get_shown_kind (file) == LIMN_RESOURCE_MODEL || file->kind == LIMN_RESOURCE_CONTROL)
    gtk_window_close (GTK_WINDOW (self));
}

static void
set_up_list (LimnModelWindow *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (compare, NULL, NULL));
  g_autoptr(GtkSelectionModel) selection = NULL;

  self->filter = GTK_FILTER (gtk_custom_filter_new (is_shown, self, NULL));
  self->found = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (get_library (self))), g_object_ref (self->filter));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (
    G_LIST_MODEL (gtk_sort_list_model_new (G_LIST_MODEL (g_object_ref (self->found)), sorter))));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), self);
  g_signal_connect (factory, "bind", G_CALLBACK (on_bind), self);
  g_signal_connect (factory, "unbind", G_CALLBACK (on_unbind), self);
  gtk_list_view_set_factory (self->list, factory);
  g_object_unref (factory);
  gtk_list_view_set_model (self->list, selection);
}

/* --- Opening what lies elsewhere --- */

static void
on_add_folder (LimnModelWindow *self)
{
  limn_model_chooser_add_folder (GTK_WINDOW (self), self->studio);
}

static void
on_open_file (LimnModelWindow *self)
{
  limn_model_chooser_open_file (GTK_WINDOW (self), self->studio);
}

/* --- The object --- */

static void
limn_model_window_dispose (GObject *object)
{
  LimnModelWindow *self = LIMN_MODEL_WINDOW (object);

  /* Its lines go before what they show. */
  if (self->list)
    gtk_list_view_set_model (self->list, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_MODEL_WINDOW);
  g_clear_object (&self->found);
  g_clear_object (&self->filter);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_model_window_parent_class)->dispose (object);
}

static void
limn_model_window_finalize (GObject *object)
{
  LimnModelWindow *self = LIMN_MODEL_WINDOW (object);

  limn_model_thumbs_free (self->thumbs);
  g_strfreev (self->words);
  G_OBJECT_CLASS (limn_model_window_parent_class)->finalize (object);
}

static void
limn_model_window_class_init (LimnModelWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_model_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = limn_model_window_finalize;
  g_type_ensure (LIMN_TYPE_MODEL_FOLDERS);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-model-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, box);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, folders_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, folders);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, search_bar);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, search_entry);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, kinds_scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, kinds_box);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnModelWindow, list);
  gtk_widget_class_bind_template_callback (widget_class, on_search);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_add_folder);
  gtk_widget_class_bind_template_callback (widget_class, on_open_file);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
limn_model_window_init (LimnModelWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
  g_object_bind_property (self->search_button, "active", self->search_bar, "search-mode-enabled",
                          G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE);
}

GtkWidget *
limn_model_window_new (GtkWindow *parent, LimnStudio *studio, LimnResourceKind kind)
{
  LimnModelWindow *self = g_object_new (LIMN_TYPE_MODEL_WINDOW, "transient-for", parent, NULL);
  LimnModelLibrary *library = limn_studio_get_models (studio);
  int width, height;

  /* Never larger than the window it belongs to, which may be as narrow as a telephone. */
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  if (gtk_widget_get_width (GTK_WIDGET (parent)) > 0)
    gtk_window_set_default_size (GTK_WINDOW (self), MIN (width, gtk_widget_get_width (GTK_WIDGET (parent))),
                                 MIN (height, gtk_widget_get_height (GTK_WIDGET (parent))));
  self->studio = g_object_ref (studio);
  self->kind = kind;
  self->thumbs = limn_model_thumbs_new (limn_studio_get_folder (studio));
  limn_model_folders_set_studio (self->folders, studio);
  add_kinds (self);
  set_up_list (self);
  g_signal_connect_object (library, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "notify::scanning", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  limn_model_library_rescan (library);
  update (self);
  return GTK_WIDGET (self);
}
