/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "app/limn-studio.h"

G_BEGIN_DECLS

/**
 * LimnTrouble:
 * @LIMN_TROUBLE_NONE: as far as is known the button will work
 * @LIMN_TROUBLE_MODEL: the draft's model cannot be used at all
 * @LIMN_TROUBLE_VOCABULARY: it lacks only the vocabulary, which can be chosen: limn_studio_install_vocabulary()
 * @LIMN_TROUBLE_REFUSED: not these settings with this model
 * @LIMN_TROUBLE_MEMORY: the picture needs more memory than there is
 */
typedef enum
{
  LIMN_TROUBLE_NONE,
  LIMN_TROUBLE_MODEL,
  LIMN_TROUBLE_VOCABULARY,
  LIMN_TROUBLE_REFUSED,
  LIMN_TROUBLE_MEMORY,
} LimnTrouble;

/**
 * limn_trouble_find:
 * @text: (out) (transfer full) (optional): a sentence that says what is wrong and what to do; NULL for none
 *
 * What will stand in the way of painting what the fields say; the first of these. Main thread.
 */
LimnTrouble limn_trouble_find (LimnStudio  *studio,
                               char       **text);

G_END_DECLS
