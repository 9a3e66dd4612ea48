// SPDX-License-Identifier: GPL-3.0-or-later
// items.glsl - the group and item of a one-dimensional kernel whose groups came from limn_gl_groups_for_items():
// more groups than one dimension takes go on in y. There may be items too many at the end: check the bound.

uint
group_index ()
{
  return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
}

uint
item_index ()
{
  return group_index () * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
}
