/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-branches-page.h"

#include "app/limn-branch-family.h"
#include "app/limn-branch-tree.h"

struct _LimnBranchesPage
{
  GtkWidget         parent_instance;

  LimnStudio       *studio;
  LimnGalleryModel *pictures;
  GCancellable     *loading; /* (nullable) */
  guint             load_source;

  GtkWidget        *stack;
  LimnBranchTree   *tree;
};

G_DEFINE_FINAL_TYPE (LimnBranchesPage, limn_branches_page, GTK_TYPE_WIDGET)

/* --- The family --- */

/* A picture alone is no tree. */
static void
take_family (LimnBranchesPage *self, LimnBranchFamily *family)
{
  g_autoptr(GPtrArray) nodes = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < family->members->len; i++)
    {
      const LimnBranchMember *member = g_ptr_array_index (family->members, i);
      g_autoptr(LimnGalleryItem) item = limn_gallery_item_new (member->id);

      g_ptr_array_add (nodes, limn_branch_node_new (item, &member->part, member->title, member->detail));
    }
  limn_branch_tree_set_nodes (self->tree, nodes);
  limn_branch_tree_set_shown (self->tree, family->shown);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), nodes->len > 1 ? "tree" : "empty");
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnBranchesPage) self = data;
  g_autoptr(LimnBranchFamily) family = limn_branch_family_load_finish (result, NULL);

  if (!family)
    return;
  g_clear_object (&self->loading);
  take_family (self, family);
}

static void
stop_loading (LimnBranchesPage *self)
{
  g_clear_handle_id (&self->load_source, g_source_remove);
  if (self->loading)
    g_cancellable_cancel (self->loading);
  g_clear_object (&self->loading);
}

static gboolean
on_load (gpointer data)
{
  LimnBranchesPage *self = data;
  LimnPictureIndex *index = limn_gallery_model_get_index (self->pictures);
  LimnReel *reel = limn_studio_get_reel (self->studio);

  self->load_source = 0;
  stop_loading (self);
  if (!index)
    return G_SOURCE_REMOVE;
  self->loading = g_cancellable_new ();
  limn_branch_family_load_async (index, limn_studio_get_path (self->studio), reel ? limn_reel_get_request (reel) : NULL, self->loading,
                                 on_loaded, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/* Several things change at once when another picture is shown; out of sight there is nothing to do. */
static void
load_soon (LimnBranchesPage *self)
{
  if (!self->load_source && gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->load_source = g_idle_add (on_load, self);
}

/* --- The tree --- */

static void
on_paths (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr(LimnBranchesPage) self = data;
  g_autoptr(GPtrArray) paths = limn_gallery_model_get_paths_finish (result, NULL);

  if (!self->studio || !paths || paths->len == 0)
    return;
  limn_studio_show_picture (self->studio, g_ptr_array_index (paths, 0));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.focus-canvas", NULL);
}

static void
on_chosen (LimnBranchesPage *self, LimnBranchNode *node)
{
  g_autoptr(GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 id = limn_branch_node_get_id (node);

  g_array_append_val (ids, id);
  limn_gallery_model_get_paths_async (self->pictures, ids, on_paths, g_object_ref (self));
}

/* Where the step is chosen, and what becomes of it is seen. */
static void
on_branch (LimnBranchesPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.page", "s", "picture");
}

static void
on_sight (LimnBranchesPage *self, LimnGalleryItem *item, gboolean in_sight)
{
  if (in_sight)
    limn_gallery_model_show (self->pictures, item);
  else
    limn_gallery_model_hide (self->pictures, item);
}

/* --- The widget --- */

/* As the gallery does it: once it is known whose the kept steps are. */
static void
open_folder (LimnBranchesPage *self)
{
  if (self->studio && gtk_widget_get_mapped (GTK_WIDGET (self)) && limn_job_queue_is_restored (limn_studio_get_queue (self->studio)))
    limn_gallery_model_set_folder (self->pictures, limn_studio_get_folder (self->studio));
}

static void
limn_branches_page_map (GtkWidget *widget)
{
  LimnBranchesPage *self = LIMN_BRANCHES_PAGE (widget);

  GTK_WIDGET_CLASS (limn_branches_page_parent_class)->map (widget);
  if (!self->studio)
    return;
  open_folder (self);
  load_soon (self);
}

static gboolean
limn_branches_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (LIMN_BRANCHES_PAGE (widget)->tree));
}

static void
limn_branches_page_dispose (GObject *object)
{
  LimnBranchesPage *self = LIMN_BRANCHES_PAGE (object);

  stop_loading (self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LIMN_TYPE_BRANCHES_PAGE);
  g_clear_object (&self->pictures);
  g_clear_object (&self->studio);
  G_OBJECT_CLASS (limn_branches_page_parent_class)->dispose (object);
}

static void
limn_branches_page_class_init (LimnBranchesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_branches_page_dispose;
  widget_class->map = limn_branches_page_map;
  widget_class->grab_focus = limn_branches_page_grab_focus;
  g_type_ensure (LIMN_TYPE_BRANCH_TREE);
  gtk_widget_class_set_css_name (widget_class, "branchespage");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-branches-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBranchesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchesPage, tree);
  gtk_widget_class_bind_template_callback (widget_class, on_branch);
  gtk_widget_class_bind_template_callback (widget_class, on_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_sight);
}

static void
limn_branches_page_init (LimnBranchesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
limn_branches_page_set_studio (LimnBranchesPage *self, LimnStudio *studio, LimnGalleryModel *pictures)
{
  g_return_if_fail (LIMN_IS_BRANCHES_PAGE (self) && !self->studio);

  self->studio = g_object_ref (studio);
  self->pictures = g_object_ref (pictures);
  g_signal_connect_object (studio, "notify::path", G_CALLBACK (load_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::reel", G_CALLBACK (load_soon), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (studio, "notify::folder", G_CALLBACK (open_folder), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (limn_studio_get_queue (studio), "notify::keeps", G_CALLBACK (open_folder), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pictures, "looked", G_CALLBACK (load_soon), self, G_CONNECT_SWAPPED);
}
