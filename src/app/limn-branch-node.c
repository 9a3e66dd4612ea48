/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-branch-node.h"

struct _LimnBranchNode
{
  GObject           parent_instance;

  LimnGalleryItem  *item;
  LimnBranchPart    part;
  char             *title;
  char             *detail;
  gboolean          shown;
  LimnBranchLayout *layout; /* (nullable): before it has a place */
  guint             row;
};

enum
{
  PROP_0,
  PROP_SHOWN,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (LimnBranchNode, limn_branch_node, G_TYPE_OBJECT)

static void
limn_branch_node_get_property (GObject *object, guint id, GValue *value, GParamSpec *spec)
{
  if (id == PROP_SHOWN)
    g_value_set_boolean (value, LIMN_BRANCH_NODE (object)->shown);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, spec);
}

static void
limn_branch_node_finalize (GObject *object)
{
  LimnBranchNode *self = LIMN_BRANCH_NODE (object);

  g_clear_object (&self->item);
  g_free (self->title);
  g_free (self->detail);
  limn_branch_layout_unref (self->layout);
  G_OBJECT_CLASS (limn_branch_node_parent_class)->finalize (object);
}

static void
limn_branch_node_class_init (LimnBranchNodeClass *klass)
{
  G_OBJECT_CLASS (klass)->get_property = limn_branch_node_get_property;
  G_OBJECT_CLASS (klass)->finalize = limn_branch_node_finalize;
  properties[PROP_SHOWN] = g_param_spec_boolean ("shown", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
limn_branch_node_init (LimnBranchNode *self)
{
}

LimnBranchNode *
limn_branch_node_new (LimnGalleryItem *item, const LimnBranchPart *part, const char *title, const char *detail)
{
  LimnBranchNode *self = g_object_new (LIMN_TYPE_BRANCH_NODE, NULL);

  self->item = g_object_ref (item);
  self->part = *part;
  self->title = g_strdup (title);
  self->detail = g_strdup (detail);
  return self;
}

gint64
limn_branch_node_get_id (LimnBranchNode *self)
{
  return limn_gallery_item_get_id (self->item);
}

LimnGalleryItem *
limn_branch_node_get_item (LimnBranchNode *self)
{
  return self->item;
}

const LimnBranchPart *
limn_branch_node_get_part (LimnBranchNode *self)
{
  return &self->part;
}

const char *
limn_branch_node_get_title (LimnBranchNode *self)
{
  return self->title;
}

const char *
limn_branch_node_get_detail (LimnBranchNode *self)
{
  return self->detail;
}

gboolean
limn_branch_node_is_shown (LimnBranchNode *self)
{
  return self->shown;
}

void
limn_branch_node_set_shown (LimnBranchNode *self, gboolean shown)
{
  if (self->shown == shown)
    return;
  self->shown = shown;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOWN]);
}

void
limn_branch_node_place (LimnBranchNode *self, LimnBranchLayout *layout, guint row)
{
  limn_branch_layout_ref (layout);
  limn_branch_layout_unref (self->layout);
  self->layout = layout;
  self->row = row;
}

LimnBranchLayout *
limn_branch_node_get_layout (LimnBranchNode *self)
{
  return self->layout;
}

guint
limn_branch_node_get_row (LimnBranchNode *self)
{
  return self->row;
}
