/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-branch-layout.h"

/* @x: 0..1, where it parts; @down: where its way down is, in pixels */
typedef struct
{
  LimnBranchPart  part;
  guint           row;
  guint           level;
  GArray         *children; /* of guint, in the order of their rows */
  double          x;
  double          down;
  LimnBranchLines lines;
} Node;

struct _LimnBranchLayout
{
  guint   n;
  Node   *nodes;
  guint  *rows; /* part of each */
  guint   marked; /* row */
  double  width;
  double  bend;
};

/* --- Who stands where --- */

/* Whether from @i upwards a root is reached, and not a circle. */
static gboolean
leads_to_root (const LimnBranchPart *parts, guint n, guint i)
{
  for (guint steps = 0; steps < n; steps++)
    {
      if (parts[i].parent >= n)
        return TRUE;
      i = parts[i].parent;
    }
  return FALSE;
}

/* Whose line it leaves: of a parent that had not parted itself by then, that one's parent's. */
static guint
find_parent (const LimnBranchPart *parts, guint n, guint i)
{
  guint parent = leads_to_root (parts, n, i) ? parts[i].parent : LIMN_BRANCH_NONE;

  while (parent < n && parts[parent].parent < n && parts[i].step < parts[parent].step)
    parent = parts[parent].parent;
  return parent < n ? parent : LIMN_BRANCH_NONE;
}

/* Later partings first; of one step the older. */
static int
compare_children (gconstpointer a, gconstpointer b, gpointer data)
{
  const Node *nodes = data;
  guint first = *(const guint *) a, second = *(const guint *) b;

  if (nodes[first].part.step != nodes[second].part.step)
    return nodes[first].part.step > nodes[second].part.step ? -1 : 1;
  return first < second ? -1 : 1;
}

/* How far along the river the line of @node is after @step. */
static double
get_x (const Node *node, guint step)
{
  guint own = node->part.n_steps > node->part.step ? node->part.n_steps - node->part.step : 1;

  return node->x + (1 - node->x) * MIN (1.0, (double) (step - MIN (step, node->part.step)) / own);
}

/* Depth first, without recursion: a chain may be long. */
static void
assign_rows (LimnBranchLayout *self, const guint *roots, guint n_roots)
{
  g_autoptr(GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  guint row = 0;

  for (guint i = n_roots; i-- > 0;)
    g_array_append_val (stack, roots[i]);
  while (stack->len > 0)
    {
      guint i = g_array_index (stack, guint, stack->len - 1);
      Node *node = &self->nodes[i];

      g_array_set_size (stack, stack->len - 1);
      if (node->part.parent != LIMN_BRANCH_NONE)
        {
          const Node *parent = &self->nodes[node->part.parent];

          node->level = parent->level + 1;
          node->x = get_x (parent, node->part.step);
        }
      else
        node->level = 1;
      node->row = row;
      self->rows[row++] = i;
      for (guint k = node->children->len; k-- > 0;)
        g_array_append_val (stack, g_array_index (node->children, guint, k));
    }
  g_assert (row == self->n);
}

LimnBranchLayout *
limn_branch_layout_new (const LimnBranchPart *parts, guint n_parts)
{
  LimnBranchLayout *self = g_rc_box_new0 (LimnBranchLayout);
  g_autoptr(GArray) roots = g_array_new (FALSE, FALSE, sizeof (guint));

  self->n = n_parts;
  self->nodes = g_new0 (Node, n_parts);
  self->rows = g_new (guint, n_parts);
  self->marked = LIMN_BRANCH_NONE;
  for (guint i = 0; i < n_parts; i++)
    {
      Node *node = &self->nodes[i];

      node->part = parts[i];
      node->part.parent = find_parent (parts, n_parts, i);
      node->children = g_array_new (FALSE, FALSE, sizeof (guint));
      node->lines.leaves = g_array_new (FALSE, FALSE, sizeof (double));
      node->lines.through = g_array_new (FALSE, FALSE, sizeof (double));
    }
  for (guint i = 0; i < n_parts; i++)
    if (self->nodes[i].part.parent == LIMN_BRANCH_NONE)
      g_array_append_val (roots, i);
    else
      g_array_append_val (self->nodes[self->nodes[i].part.parent].children, i);
  for (guint i = 0; i < n_parts; i++)
    g_array_sort_with_data (self->nodes[i].children, compare_children, self->nodes);
  assign_rows (self, (const guint *) roots->data, roots->len);
  return self;
}

LimnBranchLayout *
limn_branch_layout_ref (LimnBranchLayout *self)
{
  return g_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  LimnBranchLayout *self = data;

  for (guint i = 0; i < self->n; i++)
    {
      g_array_unref (self->nodes[i].children);
      g_array_unref (self->nodes[i].lines.leaves);
      g_array_unref (self->nodes[i].lines.through);
    }
  g_free (self->nodes);
  g_free (self->rows);
}

void
limn_branch_layout_unref (LimnBranchLayout *self)
{
  if (self)
    g_rc_box_release_full (self, clear);
}

guint
limn_branch_layout_get_n_rows (LimnBranchLayout *self)
{
  return self->n;
}

guint
limn_branch_layout_get_part (LimnBranchLayout *self, guint row)
{
  g_return_val_if_fail (row < self->n, LIMN_BRANCH_NONE);

  return self->rows[row];
}

guint
limn_branch_layout_get_row (LimnBranchLayout *self, guint part)
{
  g_return_val_if_fail (part < self->n, LIMN_BRANCH_NONE);

  return self->nodes[part].row;
}

static Node *
get_node (LimnBranchLayout *self, guint row)
{
  return &self->nodes[self->rows[row]];
}

guint
limn_branch_layout_get_level (LimnBranchLayout *self, guint row)
{
  g_return_val_if_fail (row < self->n, 1);

  return get_node (self, row)->level;
}

guint
limn_branch_layout_get_parent (LimnBranchLayout *self, guint row)
{
  guint parent;

  g_return_val_if_fail (row < self->n, LIMN_BRANCH_NONE);

  parent = get_node (self, row)->part.parent;
  return parent == LIMN_BRANCH_NONE ? LIMN_BRANCH_NONE : self->nodes[parent].row;
}

guint
limn_branch_layout_get_child (LimnBranchLayout *self, guint row)
{
  Node *node;

  g_return_val_if_fail (row < self->n, LIMN_BRANCH_NONE);

  node = get_node (self, row);
  return node->children->len > 0 ? self->nodes[g_array_index (node->children, guint, 0)].row : LIMN_BRANCH_NONE;
}

/* --- Lines --- */

/* Lanes are few: where it is, or the end. */
static guint
add_lane (GArray *lanes, double x)
{
  for (guint i = 0; i < lanes->len; i++)
    if (g_array_index (lanes, double, i) == x)
      return i;
  g_array_append_val (lanes, x);
  return lanes->len - 1;
}

static void
clear_lines (LimnBranchLines *lines)
{
  g_array_set_size (lines->leaves, 0);
  g_array_set_size (lines->through, 0);
  lines->marked_to = 0;
  lines->marked_leave = lines->marked_through = LIMN_BRANCH_NONE;
}

/* The way of @node down from its parent, a lane in each row between. */
static void
lead_down (LimnBranchLayout *self, Node *node)
{
  Node *parent = &self->nodes[node->part.parent];

  add_lane (parent->lines.leaves, node->down - self->bend);
  for (guint row = parent->row + 1; row < node->row; row++)
    add_lane (get_node (self, row)->lines.through, node->down);
}

static void
mark_way (LimnBranchLayout *self)
{
  Node *node = self->marked < self->n ? get_node (self, self->marked) : NULL;

  if (node)
    node->lines.marked_to = self->width;
  while (node && node->part.parent != LIMN_BRANCH_NONE)
    {
      Node *parent = &self->nodes[node->part.parent];

      parent->lines.marked_to = node->down - self->bend;
      parent->lines.marked_leave = add_lane (parent->lines.leaves, node->down - self->bend);
      for (guint row = parent->row + 1; row < node->row; row++)
        get_node (self, row)->lines.marked_through = add_lane (get_node (self, row)->lines.through, node->down);
      node = parent;
    }
}

/* Two bends are left at the end for those that part last. Where a long chain of partings would run out of the river its lines lie upon each other. */
static void
compute (LimnBranchLayout *self, double width, double bend)
{
  double last = MAX (width - 2 * bend, 0);

  self->width = width;
  self->bend = bend;
  for (guint i = 0; i < self->n; i++)
    clear_lines (&self->nodes[i].lines);
  for (guint row = 0; row < self->n; row++)
    {
      Node *node = get_node (self, row);
      double leave;

      node->lines.root = node->part.parent == LIMN_BRANCH_NONE;
      node->lines.start = node->lines.from = 0;
      if (node->lines.root)
        continue;
      leave = MAX (node->x * last, self->nodes[node->part.parent].lines.start);
      node->down = MIN (leave, last) + bend;
      node->lines.from = node->down;
      node->lines.start = node->down + bend;
      lead_down (self, node);
    }
  mark_way (self);
}

void
limn_branch_layout_mark (LimnBranchLayout *self, guint row)
{
  if (self->marked == row)
    return;
  self->marked = row;
  if (self->width > 0)
    compute (self, self->width, self->bend);
}

const LimnBranchLines *
limn_branch_layout_get_lines (LimnBranchLayout *self, guint row, double width, double bend)
{
  g_return_val_if_fail (row < self->n && width > 0, NULL);

  if (self->width != width || self->bend != bend)
    compute (self, width, bend);
  return &get_node (self, row)->lines;
}
