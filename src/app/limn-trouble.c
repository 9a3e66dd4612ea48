/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "app/limn-trouble.h"

#include <glib/gi18n.h>

static gboolean
is_too_much (const LimnInspection *inspection)
{
  return inspection->need_bytes != G_MAXUINT64 && inspection->limit_bytes != G_MAXUINT64 &&
         inspection->need_bytes > inspection->limit_bytes;
}

LimnTrouble
limn_trouble_find (LimnStudio *studio, char **text)
{
  LimnDraft *draft = limn_studio_get_draft (studio);
  const LimnInspection *inspection = limn_draft_get_inspection (draft);
  g_autofree char *error = NULL;
  LimnTrouble trouble = LIMN_TROUBLE_NONE;
  const char *words = NULL;

  /* What is known of the model before this one is no trouble of this one. */
  if (inspection && g_strcmp0 (inspection->model, limn_draft_get_model (draft)) != 0)
    inspection = NULL;
  g_object_get (studio, "inspection-error", &error, NULL);
  if (error && limn_studio_lacks_vocabulary (studio))
    {
      trouble = LIMN_TROUBLE_VOCABULARY;
      words = _("This model is one file, and such files do not bring the list of words that the model knows. It is the same for all models: any "
                "model that is a folder has it (tokenizer/vocab.json or merges.txt), and other programs have it as tokenizer.json or "
                "bpe_simple_vocab_16e6.txt.gz. Choose one of these once.");
    }
  else if (error)
    {
      trouble = LIMN_TROUBLE_MODEL;
      words = error;
    }
  else if (inspection && inspection->refused)
    {
      trouble = LIMN_TROUBLE_REFUSED;
      words = inspection->refused;
    }
  else if (inspection && is_too_much (inspection))
    {
      trouble = LIMN_TROUBLE_MEMORY;
      words = _("This picture needs more memory than there is. Choose a smaller size, or half precision under “Painted by”.");
    }
  if (text)
    *text = g_strdup (words);
  return trouble;
}
