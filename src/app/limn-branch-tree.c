/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-branch-tree.h"

#include "app/limn-branch-row.h"

struct _LimnBranchTree
{
  GtkWidget         parent_instance;

  GListStore       *nodes; /* in the order of the rows */
  LimnBranchLayout *layout; /* (nullable) */
  gint64            shown;
  guint             focus_row; /* that gets the keyboard as soon as it is there; LIMN_BRANCH_NONE: none */
  guint             focus_source;

  GtkWidget        *scroller;
  GtkListView      *list;
};

enum
{
  SIGNAL_CHOSEN,
  SIGNAL_SIGHT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LimnBranchTree, limn_branch_tree, GTK_TYPE_WIDGET)

/* --- The keyboard --- */

static LimnBranchRow *
row_of_cell (GtkWidget *cell)
{
  GtkWidget *child = cell ? gtk_widget_get_first_child (cell) : NULL;

  return LIMN_IS_BRANCH_ROW (child) ? LIMN_BRANCH_ROW (child) : NULL;
}

static LimnBranchNode *
get_focused (LimnBranchTree *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root ? gtk_root_get_focus (root) : NULL;
  LimnBranchRow *row = focus && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->list)) ? row_of_cell (focus) : NULL;

  return row ? limn_branch_row_get_node (row) : NULL;
}

static gboolean
focus_now (LimnBranchTree *self)
{
  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (self->list)); cell; cell = gtk_widget_get_next_sibling (cell))
    {
      LimnBranchRow *row = row_of_cell (cell);
      LimnBranchNode *node = row ? limn_branch_row_get_node (row) : NULL;

      if (node && limn_branch_node_get_row (node) == self->focus_row)
        return gtk_widget_grab_focus (cell);
    }
  return FALSE;
}

static gboolean
on_focus_idle (gpointer data)
{
  LimnBranchTree *self = data;

  self->focus_source = 0;
  focus_now (self);
  self->focus_row = LIMN_BRANCH_NONE;
  return G_SOURCE_REMOVE;
}

static void
scroll_to (LimnBranchTree *self, guint row)
{
  gtk_widget_activate_action (GTK_WIDGET (self->list), "list.scroll-to-item", "u", row);
}

/* A row out of sight is made when it has been scrolled to. */
static void
focus_row (LimnBranchTree *self, guint row)
{
  scroll_to (self, row);
  self->focus_row = row;
  if (!focus_now (self) && !self->focus_source)
    self->focus_source = g_idle_add_full (GTK_PRIORITY_RESIZE + 20, on_focus_idle, self, NULL);
}

/* Arguments: TRUE: to the left. */
static gboolean
on_side (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  LimnBranchTree *self = LIMN_BRANCH_TREE (widget);
  LimnBranchNode *node = get_focused (self);
  gboolean back = g_variant_get_boolean (arguments) != (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL);
  guint row;

  if (!node)
    return FALSE;
  row = back ? limn_branch_layout_get_parent (self->layout, limn_branch_node_get_row (node))
             : limn_branch_layout_get_child (self->layout, limn_branch_node_get_row (node));
  if (row == LIMN_BRANCH_NONE)
    gtk_widget_error_bell (widget);
  else
    focus_row (self, row);
  return TRUE;
}

static GtkEventController *
new_side_keys (void)
{
  static const struct
  {
    guint    key;
    gboolean left;
  } keys[] = { { GDK_KEY_Left, TRUE }, { GDK_KEY_KP_Left, TRUE }, { GDK_KEY_Right, FALSE }, { GDK_KEY_KP_Right, FALSE } };
  GtkEventController *controller = gtk_shortcut_controller_new ();

  /* Before the list, which would take them for its own. */
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      GtkShortcut *shortcut = gtk_shortcut_new (gtk_keyval_trigger_new (keys[i].key, 0), gtk_callback_action_new (on_side, NULL, NULL));

      gtk_shortcut_set_arguments (shortcut, g_variant_new_boolean (keys[i].left));
      gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller), shortcut);
    }
  return controller;
}

/* --- Rows --- */

static void
on_setup (GtkListItemFactory *factory, GtkListItem *list_item, gpointer data)
{
  gtk_list_item_set_child (list_item, limn_branch_row_new ());
}

static void
on_bind (GtkListItemFactory *factory, GtkListItem *list_item, LimnBranchTree *self)
{
  LimnBranchNode *node = gtk_list_item_get_item (list_item);

  limn_branch_row_set_node (LIMN_BRANCH_ROW (gtk_list_item_get_child (list_item)), node);
  g_signal_emit (self, signals[SIGNAL_SIGHT], 0, limn_branch_node_get_item (node), TRUE);
}

static void
on_unbind (GtkListItemFactory *factory, GtkListItem *list_item, LimnBranchTree *self)
{
  LimnBranchNode *node = gtk_list_item_get_item (list_item);

  limn_branch_row_set_node (LIMN_BRANCH_ROW (gtk_list_item_get_child (list_item)), NULL);
  g_signal_emit (self, signals[SIGNAL_SIGHT], 0, limn_branch_node_get_item (node), FALSE);
}

static void
on_activate (GtkListView *list, guint position, LimnBranchTree *self)
{
  g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, limn_branch_tree_get_node (self, position));
}

/* --- The widget --- */

static void
limn_branch_tree_dispose (GObject *object)
{
  LimnBranchTree *self = LIMN_BRANCH_TREE (object);

  g_clear_handle_id (&self->focus_source, g_source_remove);
  if (self->list)
    gtk_list_view_set_model (self->list, NULL);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (object), LIMN_TYPE_BRANCH_TREE);
  g_clear_object (&self->nodes);
  g_clear_pointer (&self->layout, limn_branch_layout_unref);
  G_OBJECT_CLASS (limn_branch_tree_parent_class)->dispose (object);
}

static gboolean
limn_branch_tree_grab_focus (GtkWidget *widget)
{
  LimnBranchTree *self = LIMN_BRANCH_TREE (widget);

  for (guint row = 0; row < limn_branch_tree_get_n_nodes (self); row++)
    if (limn_branch_node_is_shown (limn_branch_tree_get_node (self, row)))
      {
        focus_row (self, row);
        return TRUE;
      }
  return gtk_widget_child_focus (GTK_WIDGET (self->list), GTK_DIR_TAB_FORWARD);
}

static void
limn_branch_tree_class_init (LimnBranchTreeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = limn_branch_tree_dispose;
  widget_class->grab_focus = limn_branch_tree_grab_focus;
  signals[SIGNAL_CHOSEN] =
    g_signal_new ("chosen", LIMN_TYPE_BRANCH_TREE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LIMN_TYPE_BRANCH_NODE);
  signals[SIGNAL_SIGHT] = g_signal_new ("sight", LIMN_TYPE_BRANCH_TREE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2,
                                        LIMN_TYPE_GALLERY_ITEM, G_TYPE_BOOLEAN);
  gtk_widget_class_set_css_name (widget_class, "branchtree");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/limn_app/Limn/ui/limn-branch-tree.ui");
  gtk_widget_class_bind_template_child (widget_class, LimnBranchTree, scroller);
  gtk_widget_class_bind_template_child (widget_class, LimnBranchTree, list);
}

static void
limn_branch_tree_init (LimnBranchTree *self)
{
  g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();
  g_autoptr(GtkNoSelection) selection = NULL;

  self->focus_row = LIMN_BRANCH_NONE;
  self->nodes = g_list_store_new (LIMN_TYPE_BRANCH_NODE);
  selection = gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->nodes)));
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (factory, "setup", G_CALLBACK (on_setup), NULL);
  g_signal_connect_object (factory, "bind", G_CALLBACK (on_bind), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (on_unbind), self, 0);
  g_signal_connect (self->list, "activate", G_CALLBACK (on_activate), self);
  gtk_list_view_set_factory (self->list, factory);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  gtk_widget_add_controller (GTK_WIDGET (self), new_side_keys ());
}

/* --- Public --- */

guint
limn_branch_tree_get_n_nodes (LimnBranchTree *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->nodes));
}

LimnBranchNode *
limn_branch_tree_get_node (LimnBranchTree *self, guint row)
{
  /* The list holds it. */
  g_autoptr(LimnBranchNode) node = g_list_model_get_item (G_LIST_MODEL (self->nodes), row);

  return node;
}

static void
mark_shown (LimnBranchTree *self)
{
  guint shown = LIMN_BRANCH_NONE;

  for (guint row = 0; row < limn_branch_tree_get_n_nodes (self); row++)
    {
      LimnBranchNode *node = limn_branch_tree_get_node (self, row);

      if (self->shown != 0 && limn_branch_node_get_id (node) == self->shown)
        shown = row;
      limn_branch_node_set_shown (node, row == shown);
    }
  if (self->layout)
    limn_branch_layout_mark (self->layout, shown);
  /* The way to it goes through other rows. */
  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (self->list)); cell; cell = gtk_widget_get_next_sibling (cell))
    if (row_of_cell (cell))
      gtk_widget_queue_draw (GTK_WIDGET (row_of_cell (cell)));
  if (shown != LIMN_BRANCH_NONE)
    scroll_to (self, shown);
}

void
limn_branch_tree_set_nodes (LimnBranchTree *self, GPtrArray *nodes)
{
  g_autofree LimnBranchPart *parts = g_new (LimnBranchPart, nodes->len);
  g_autoptr(GPtrArray) ordered = g_ptr_array_new ();
  LimnBranchLayout *layout;

  g_return_if_fail (LIMN_IS_BRANCH_TREE (self));

  for (guint i = 0; i < nodes->len; i++)
    parts[i] = *limn_branch_node_get_part (g_ptr_array_index (nodes, i));
  layout = limn_branch_layout_new (parts, nodes->len);
  for (guint row = 0; row < nodes->len; row++)
    {
      LimnBranchNode *node = g_ptr_array_index (nodes, limn_branch_layout_get_part (layout, row));

      limn_branch_node_place (node, layout, row);
      g_ptr_array_add (ordered, node);
    }
  g_clear_pointer (&self->layout, limn_branch_layout_unref);
  self->layout = layout;
  g_list_store_splice (self->nodes, 0, limn_branch_tree_get_n_nodes (self), ordered->pdata, ordered->len);
  mark_shown (self);
}

void
limn_branch_tree_set_shown (LimnBranchTree *self, gint64 id)
{
  g_return_if_fail (LIMN_IS_BRANCH_TREE (self));

  if (self->shown == id)
    return;
  self->shown = id;
  mark_shown (self);
}
