/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

/* Models that are one file, built here as their authors' programs name things: CompVis' openaimodel.py and model.py, Stability's SGM, open_clip's
 * transformer.py, transformers' CLIPTextModel. Networks are small where nothing hangs on their size, and the files are all holes: what is tested
 * is what is known of a model by its names and shapes. */

#include "test-model.h"

#include "base/limn-error.h"
#include "model/limn-detect.h"
#include "model/limn-model.h"
#include "tests/limn-test-folder.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* A directory of tensors while it is written. */
typedef struct
{
  GString *header;
  GString *notes;
  guint64  bytes;
  guint    n;      /* tensors so far */
  guint    victim; /* 1..: one of them is spoilt; 0: none */
  guint    how;    /* 0: it is not there; else its first dimension */
  gboolean needed; /* (out): it was a weight */
} Writer;

static void add (Writer *writer, guint a, guint b, guint c, guint d, const char *format, ...) G_GNUC_PRINTF (6, 7);

/* Of F16; dimensions that are 0 are not there. */
static void
add (Writer *writer, guint a, guint b, guint c, guint d, const char *format, ...)
{
  guint dims[] = { a, b, c, d };
  g_autofree char *name = NULL;
  guint64 n = 1;
  va_list args;

  va_start (args, format);
  name = g_strdup_vprintf (format, args);
  va_end (args);
  if (++writer->n == writer->victim)
    {
      writer->needed = !strstr (name, "position_ids") && !strstr (name, "logit_scale");
      if (writer->how == 0)
        return;
      dims[0] = writer->how;
    }
  g_string_append_printf (writer->header, ",\"%s\":{\"dtype\":\"F16\",\"shape\":[", name);
  for (guint i = 0; i < 4 && dims[i] > 0; i++)
    {
      g_string_append_printf (writer->header, "%s%u", i ? "," : "", dims[i]);
      n *= dims[i];
    }
  g_string_append_printf (writer->header, "],\"data_offsets\":[%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "]}", writer->bytes,
                          writer->bytes + 2 * n);
  writer->bytes += 2 * n;
}

static void
writer_save (Writer *writer, const char *path)
{
  g_autofree char *text = g_strdup_printf ("{\"__metadata__\":{\"made\":\"by a test\"%s}%s}", writer->notes->str, writer->header->str);
  guint64 length = GUINT64_TO_LE (strlen (text));
  g_autoptr(GString) head = g_string_new_len ((const char *) &length, sizeof length);

  g_string_append (head, text);
  g_assert_true (g_file_set_contents (path, head->str, head->len, NULL));
  g_assert_cmpint (truncate (path, head->len + writer->bytes), ==, 0);
  g_string_free (writer->header, TRUE);
  g_string_free (writer->notes, TRUE);
}

#define WRITER() { g_string_new (NULL), g_string_new (NULL), 0 }

/* A weight and a bias. @taps: 0: a matrix, 1, 3: a convolution of so many */
static void
layer (Writer *writer, const char *name, guint n, guint k, guint taps)
{
  add (writer, n, k, taps, taps, "%s.weight", name);
  add (writer, n, 0, 0, 0, "%s.bias", name);
}

static void
norm (Writer *writer, const char *name, guint c)
{
  add (writer, c, 0, 0, 0, "%s.weight", name);
  add (writer, c, 0, 0, 0, "%s.bias", name);
}

typedef struct
{
  const char *prefix;
  guint       in;
  guint       n_levels;
  guint       channels[4];
  guint       depth[4];    /* of the transformers of a level */
  gboolean    linear;
  guint       context;
  guint       vector;
} Unet;

static void
resnet (Writer *writer, const char *place, guint c_in, guint c, guint time)
{
  g_autofree char *norm1 = g_strconcat (place, ".in_layers.0", NULL);
  g_autofree char *conv1 = g_strconcat (place, ".in_layers.2", NULL);
  g_autofree char *embedding = g_strconcat (place, ".emb_layers.1", NULL);
  g_autofree char *norm2 = g_strconcat (place, ".out_layers.0", NULL);
  g_autofree char *conv2 = g_strconcat (place, ".out_layers.3", NULL);
  g_autofree char *skip = g_strconcat (place, ".skip_connection", NULL);

  norm (writer, norm1, c_in);
  layer (writer, conv1, c, c_in, 3);
  layer (writer, embedding, c, time, 0);
  norm (writer, norm2, c);
  layer (writer, conv2, c, c, 3);
  if (c_in != c)
    layer (writer, skip, c, c_in, 1);
}

static void
transformer (Writer *writer, const Unet *unet, const char *place, guint c, guint depth)
{
  add (writer, c, 0, 0, 0, "%s.norm.weight", place);
  add (writer, c, 0, 0, 0, "%s.norm.bias", place);
  for (guint i = 0; i < 2; i++)
    {
      add (writer, c, c, unet->linear ? 0 : 1, unet->linear ? 0 : 1, "%s.proj_%s.weight", place, i ? "out" : "in");
      add (writer, c, 0, 0, 0, "%s.proj_%s.bias", place, i ? "out" : "in");
    }
  for (guint i = 0; i < depth; i++)
    {
      g_autofree char *block = g_strdup_printf ("%s.transformer_blocks.%u", place, i);

      for (guint j = 1; j <= 3; j++)
        {
          add (writer, c, 0, 0, 0, "%s.norm%u.weight", block, j);
          add (writer, c, 0, 0, 0, "%s.norm%u.bias", block, j);
        }
      for (guint j = 1; j <= 2; j++)
        {
          add (writer, c, c, 0, 0, "%s.attn%u.to_q.weight", block, j);
          add (writer, c, j == 1 ? c : unet->context, 0, 0, "%s.attn%u.to_k.weight", block, j);
          add (writer, c, j == 1 ? c : unet->context, 0, 0, "%s.attn%u.to_v.weight", block, j);
          add (writer, c, c, 0, 0, "%s.attn%u.to_out.0.weight", block, j);
          add (writer, c, 0, 0, 0, "%s.attn%u.to_out.0.bias", block, j);
        }
      add (writer, 8 * c, c, 0, 0, "%s.ff.net.0.proj.weight", block);
      add (writer, 8 * c, 0, 0, 0, "%s.ff.net.0.proj.bias", block);
      add (writer, c, 4 * c, 0, 0, "%s.ff.net.2.weight", block);
      add (writer, c, 0, 0, 0, "%s.ff.net.2.bias", block);
    }
}

/* openaimodel.py, UNetModel: two residual blocks a level. */
static void
add_unet (Writer *writer, const Unet *unet, gboolean control)
{
  guint c0 = unet->channels[0], time = 4 * c0, c = c0, n = 0, block = 1;
  guint coarsest = unet->n_levels - 1, widths[16];
  g_autofree char *conv = g_strconcat (unet->prefix, "input_blocks.0.0", NULL);
  g_autofree char *time0 = g_strconcat (unet->prefix, "time_embed.0", NULL);
  g_autofree char *time2 = g_strconcat (unet->prefix, "time_embed.2", NULL);

  layer (writer, conv, c0, unet->in, 3);
  layer (writer, time0, time, c0, 0);
  layer (writer, time2, time, time, 0);
  if (unet->vector > 0)
    {
      g_autofree char *label0 = g_strconcat (unet->prefix, "label_emb.0.0", NULL);
      g_autofree char *label2 = g_strconcat (unet->prefix, "label_emb.0.2", NULL);

      layer (writer, label0, time, unet->vector, 0);
      layer (writer, label2, time, time, 0);
    }
  widths[n++] = c;
  for (guint i = 0; i < unet->n_levels; i++)
    {
      for (guint j = 0; j < 2; j++, block++)
        {
          g_autofree char *res = g_strdup_printf ("%sinput_blocks.%u.0", unet->prefix, block);
          g_autofree char *attention = g_strdup_printf ("%sinput_blocks.%u.1", unet->prefix, block);

          resnet (writer, res, c, unet->channels[i], time);
          c = unet->channels[i];
          if (unet->depth[i] > 0)
            transformer (writer, unet, attention, c, unet->depth[i]);
          widths[n++] = c;
        }
      if (i < coarsest)
        {
          g_autofree char *down = g_strdup_printf ("%sinput_blocks.%u.0.op", unet->prefix, block++);

          layer (writer, down, c, c, 3);
          widths[n++] = c;
        }
    }
  {
    g_autofree char *first = g_strconcat (unet->prefix, "middle_block.0", NULL);
    g_autofree char *attention = g_strconcat (unet->prefix, "middle_block.1", NULL);
    g_autofree char *last = g_strconcat (unet->prefix, "middle_block.2", NULL);

    resnet (writer, first, c, c, time);
    transformer (writer, unet, attention, c, MAX (unet->depth[coarsest], 1));
    resnet (writer, last, c, c, time);
  }
  if (control)
    {
      g_autofree char *hint = g_strconcat (unet->prefix, "input_hint_block.0", NULL);

      layer (writer, hint, 16, 3, 3);
      return;
    }
  block = 0;
  for (guint i = unet->n_levels; i-- > 0;)
    for (guint j = 0; j <= 2; j++, block++)
      {
        g_autofree char *res = g_strdup_printf ("%soutput_blocks.%u.0", unet->prefix, block);
        g_autofree char *attention = g_strdup_printf ("%soutput_blocks.%u.1", unet->prefix, block);
        g_autofree char *up = g_strdup_printf ("%soutput_blocks.%u.%u.conv", unet->prefix, block, unet->depth[i] > 0 ? 2 : 1);

        resnet (writer, res, c + widths[--n], unet->channels[i], time);
        c = unet->channels[i];
        if (unet->depth[i] > 0)
          transformer (writer, unet, attention, c, unet->depth[i]);
        if (j == 2 && i > 0)
          layer (writer, up, c, c, 3);
      }
  {
    g_autofree char *out_norm = g_strconcat (unet->prefix, "out.0", NULL);
    g_autofree char *out = g_strconcat (unet->prefix, "out.2", NULL);

    norm (writer, out_norm, c);
    layer (writer, out, 4, c, 3);
  }
}

/* model.py, Encoder and Decoder: two levels of 32, an 8th of nothing, but as it is built. */
static void
add_vae (Writer *writer, const char *prefix)
{
  static const char *const sides[] = { "encoder", "decoder" };

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *side = g_strconcat (prefix, sides[i], NULL);

      add (writer, 32, i ? 4 : 3, 3, 3, "%s.conv_in.weight", side);
      add (writer, 32, 0, 0, 0, "%s.conv_in.bias", side);
      for (guint level = 0; level < 4; level++)
        {
          const char *way = i ? "up" : "down";

          for (guint j = 0; j < 2 + i; j++)
            for (guint k = 1; k <= 2; k++)
              {
                add (writer, 32, 0, 0, 0, "%s.%s.%u.block.%u.norm%u.weight", side, way, level, j, k);
                add (writer, 32, 0, 0, 0, "%s.%s.%u.block.%u.norm%u.bias", side, way, level, j, k);
                add (writer, 32, 32, 3, 3, "%s.%s.%u.block.%u.conv%u.weight", side, way, level, j, k);
                add (writer, 32, 0, 0, 0, "%s.%s.%u.block.%u.conv%u.bias", side, way, level, j, k);
              }
          if (i ? level > 0 : level < 3)
            {
              add (writer, 32, 32, 3, 3, "%s.%s.%u.%ssample.conv.weight", side, way, level, way);
              add (writer, 32, 0, 0, 0, "%s.%s.%u.%ssample.conv.bias", side, way, level, way);
            }
        }
      for (guint j = 1; j <= 2; j++)
        for (guint k = 1; k <= 2; k++)
          {
            add (writer, 32, 0, 0, 0, "%s.mid.block_%u.norm%u.weight", side, j, k);
            add (writer, 32, 0, 0, 0, "%s.mid.block_%u.norm%u.bias", side, j, k);
            add (writer, 32, 32, 3, 3, "%s.mid.block_%u.conv%u.weight", side, j, k);
            add (writer, 32, 0, 0, 0, "%s.mid.block_%u.conv%u.bias", side, j, k);
          }
      add (writer, 32, 0, 0, 0, "%s.mid.attn_1.norm.weight", side);
      add (writer, 32, 0, 0, 0, "%s.mid.attn_1.norm.bias", side);
      for (const char *const *part = (const char *const[]) { "q", "k", "v", "proj_out", NULL }; *part; part++)
        {
          add (writer, 32, 32, 1, 1, "%s.mid.attn_1.%s.weight", side, *part);
          add (writer, 32, 0, 0, 0, "%s.mid.attn_1.%s.bias", side, *part);
        }
      add (writer, 32, 0, 0, 0, "%s.norm_out.weight", side);
      add (writer, 32, 0, 0, 0, "%s.norm_out.bias", side);
      add (writer, i ? 3 : 8, 32, 3, 3, "%s.conv_out.weight", side);
      add (writer, i ? 3 : 8, 0, 0, 0, "%s.conv_out.bias", side);
    }
  add (writer, 8, 8, 1, 1, "%squant_conv.weight", prefix);
  add (writer, 8, 0, 0, 0, "%squant_conv.bias", prefix);
  add (writer, 4, 4, 1, 1, "%spost_quant_conv.weight", prefix);
  add (writer, 4, 0, 0, 0, "%spost_quant_conv.bias", prefix);
}

static void
add_clip (Writer *writer, const char *prefix, guint width, guint n_layers)
{
  static const struct { const char *name; guint n, k; } parts[] = { { "self_attn.q_proj", 1, 1 }, { "self_attn.k_proj", 1, 1 },
    { "self_attn.v_proj", 1, 1 }, { "self_attn.out_proj", 1, 1 }, { "mlp.fc1", 4, 1 }, { "mlp.fc2", 1, 4 } };

  add (writer, 49408, width, 0, 0, "%sembeddings.token_embedding.weight", prefix);
  add (writer, 77, width, 0, 0, "%sembeddings.position_embedding.weight", prefix);
  add (writer, 1, 77, 0, 0, "%sembeddings.position_ids", prefix);
  for (guint i = 0; i < n_layers; i++)
    {
      for (guint j = 1; j <= 2; j++)
        {
          add (writer, width, 0, 0, 0, "%sencoder.layers.%u.layer_norm%u.weight", prefix, i, j);
          add (writer, width, 0, 0, 0, "%sencoder.layers.%u.layer_norm%u.bias", prefix, i, j);
        }
      for (guint j = 0; j < G_N_ELEMENTS (parts); j++)
        {
          add (writer, parts[j].n * width, parts[j].k * width, 0, 0, "%sencoder.layers.%u.%s.weight", prefix, i, parts[j].name);
          add (writer, parts[j].n * width, 0, 0, 0, "%sencoder.layers.%u.%s.bias", prefix, i, parts[j].name);
        }
    }
  add (writer, width, 0, 0, 0, "%sfinal_layer_norm.weight", prefix);
  add (writer, width, 0, 0, 0, "%sfinal_layer_norm.bias", prefix);
}

static void
add_open_clip (Writer *writer, const char *prefix, guint width, guint n_layers)
{
  add (writer, 49408, width, 0, 0, "%stoken_embedding.weight", prefix);
  add (writer, 77, width, 0, 0, "%spositional_embedding", prefix);
  add (writer, width, width, 0, 0, "%stext_projection", prefix);
  add (writer, 0, 0, 0, 0, "%slogit_scale", prefix);
  for (guint i = 0; i < n_layers; i++)
    {
      g_autofree char *block = g_strdup_printf ("%stransformer.resblocks.%u", prefix, i);

      for (guint j = 1; j <= 2; j++)
        {
          add (writer, width, 0, 0, 0, "%s.ln_%u.weight", block, j);
          add (writer, width, 0, 0, 0, "%s.ln_%u.bias", block, j);
        }
      add (writer, 3 * width, width, 0, 0, "%s.attn.in_proj_weight", block);
      add (writer, 3 * width, 0, 0, 0, "%s.attn.in_proj_bias", block);
      add (writer, width, width, 0, 0, "%s.attn.out_proj.weight", block);
      add (writer, width, 0, 0, 0, "%s.attn.out_proj.bias", block);
      add (writer, 4 * width, width, 0, 0, "%s.mlp.c_fc.weight", block);
      add (writer, 4 * width, 0, 0, 0, "%s.mlp.c_fc.bias", block);
      add (writer, width, 4 * width, 0, 0, "%s.mlp.c_proj.weight", block);
      add (writer, width, 0, 0, 0, "%s.mlp.c_proj.bias", block);
    }
  add (writer, width, 0, 0, 0, "%sln_final.weight", prefix);
  add (writer, width, 0, 0, 0, "%sln_final.bias", prefix);
}

#define LDM "model.diffusion_model."

static const Unet sd1 = { LDM, 4, 4, { 64, 64, 128, 128 }, { 1, 1, 1, 0 }, FALSE, 768, 0 };
static const Unet sd1_linear = { LDM, 4, 4, { 64, 64, 128, 128 }, { 1, 1, 1, 0 }, TRUE, 768, 0 };
static const Unet sd2 = { LDM, 4, 4, { 64, 128, 256, 256 }, { 1, 1, 1, 0 }, TRUE, 1024, 0 };
static const Unet sdxl = { LDM, 4, 3, { 64, 128, 256 }, { 0, 2, 3 }, TRUE, 2048, 2816 };
static const Unet refiner = { LDM, 4, 4, { 64, 128, 256, 256 }, { 0, 2, 2, 0 }, TRUE, 1280, 2560 };

typedef enum { TEXT_SD1, TEXT_BARE, TEXT_SD2, TEXT_XL, TEXT_REFINER, TEXT_NONE } Texts;

static void
add_texts (Writer *writer, Texts texts)
{
  if (texts == TEXT_SD1)
    add_clip (writer, "cond_stage_model.transformer.text_model.", 768, 12);
  else if (texts == TEXT_BARE)
    add_clip (writer, "cond_stage_model.transformer.", 768, 12);
  else if (texts == TEXT_SD2)
    add_open_clip (writer, "cond_stage_model.model.", 1024, 24);
  else if (texts == TEXT_REFINER)
    add_open_clip (writer, "conditioner.embedders.0.model.", 1280, 32);
  else if (texts == TEXT_XL)
    {
      add_clip (writer, "conditioner.embedders.0.transformer.text_model.", 768, 12);
      add_open_clip (writer, "conditioner.embedders.1.model.", 1280, 32);
    }
}

typedef struct
{
  const char    *name;
  const Unet    *unet;
  guint          in; /* 0: the UNet's */
  Texts          texts;
  const char    *extra; /* (nullable): a tensor beside them */
  const char    *notes;
  const char    *family;
  LimnFactOrigin family_from;
  const char    *prediction;
  LimnFactOrigin prediction_from;
  guint          side;
  const char    *unused; /* joined by spaces */
} Case;

#define CLIP_IDS "cond_stage_model.transformer.text_model.embeddings.position_ids"
#define OPEN_H "cond_stage_model.model.logit_scale cond_stage_model.model.text_projection"
#define XL_IDS "conditioner.embedders.0.transformer.text_model.embeddings.position_ids conditioner.embedders.1.model.logit_scale"

static const Case cases[] = {
  { "sd1", &sd1, 0, TEXT_SD1, NULL, "", "sd1", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 512, CLIP_IDS },
  { "sd1 bare", &sd1, 0, TEXT_BARE, "model_ema.decay", "", "sd1", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 512,
    "cond_stage_model.transformer.embeddings.position_ids model_ema.decay" },
  { "sd1 linear", &sd1_linear, 0, TEXT_SD1, NULL, "", "sd1", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 512, CLIP_IDS },
  { "sd1 inpaint", &sd1, 9, TEXT_SD1, "betas", "", "sd1-inpaint", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 512, "betas " CLIP_IDS },
  { "sd1 v", &sd1, 0, TEXT_SD1, "v_pred", "", "sd1", LIMN_FACT_SHAPES, "v_prediction", LIMN_FACT_MARKER, 512, CLIP_IDS " v_pred" },
  { "sd1 note", &sd1, 0, TEXT_SD1, NULL, ",\"modelspec.prediction_type\":\"v\",\"modelspec.resolution\":\"768x768\"", "sd1", LIMN_FACT_SHAPES,
    "v_prediction", LIMN_FACT_NOTE, 768, CLIP_IDS },
  { "sd1 lcm", &sd1, 0, TEXT_SD1, LDM "time_embed.cond_proj.weight", "", "sd1-lcm", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 512,
    CLIP_IDS },
  { "sd2", &sd2, 0, TEXT_SD2, NULL, "", "sd2", LIMN_FACT_SHAPES, "v_prediction", LIMN_FACT_DEFAULT, 768, OPEN_H },
  { "sd2 base", &sd2, 0, TEXT_SD2, NULL, ",\"modelspec.architecture\":\"stable-diffusion-v2-512\"", "sd2", LIMN_FACT_SHAPES, "epsilon",
    LIMN_FACT_NOTE, 512, OPEN_H },
  { "sd2 inpaint", &sd2, 9, TEXT_SD2, NULL, "", "sd2-inpaint", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 512, OPEN_H },
  { "sdxl", &sdxl, 0, TEXT_XL, NULL, "", "sdxl", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 1024, XL_IDS },
  { "sdxl v", &sdxl, 0, TEXT_XL, "v_pred", "", "sdxl", LIMN_FACT_SHAPES, "v_prediction", LIMN_FACT_MARKER, 1024, XL_IDS " v_pred" },
  { "sdxl turbo", &sdxl, 0, TEXT_XL, NULL, ",\"modelspec.architecture\":\"stable-diffusion-xl-turbo-v1\"", "sdxl-turbo", LIMN_FACT_NOTE, "epsilon",
    LIMN_FACT_DEFAULT, 512, XL_IDS },
  { "sdxl inpaint", &sdxl, 9, TEXT_XL, NULL, "", "sdxl-inpaint", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 1024, XL_IDS },
  { "refiner", &refiner, 0, TEXT_REFINER, NULL, "", "sdxl-refiner", LIMN_FACT_SHAPES, "epsilon", LIMN_FACT_DEFAULT, 1024,
    "conditioner.embedders.0.model.logit_scale" },
};

/* @spoilt: (inout) (nullable): which tensor is spoilt, and how; what of it is known afterwards */
static void
write_spoilt (const Case *c, gboolean with_vae, const char *path, Writer *spoilt)
{
  Writer writer = WRITER ();
  Unet unet = *c->unet;

  if (spoilt)
    {
      writer.victim = spoilt->victim;
      writer.how = spoilt->how;
    }
  if (c->in > 0)
    unet.in = c->in;
  add_unet (&writer, &unet, FALSE);
  add_texts (&writer, c->texts);
  if (with_vae)
    add_vae (&writer, "first_stage_model.");
  if (c->extra && g_str_has_suffix (c->extra, "cond_proj.weight"))
    add (&writer, unet.channels[0], 256, 0, 0, "%s", c->extra);
  else if (c->extra)
    add (&writer, 1, 0, 0, 0, "%s", c->extra);
  g_string_append (writer.notes, c->notes);
  writer_save (&writer, path);
  if (spoilt)
    {
      spoilt->n = writer.n;
      spoilt->needed = writer.needed;
    }
}

static void
write_case (const Case *c, gboolean with_vae, const char *path)
{
  write_spoilt (c, with_vae, path, NULL);
}

static const LimnModelOptions bare = { .without_tokenizer = TRUE };

static void
check_case (const Case *c, const char *path)
{
  const LimnModelFacts *facts;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) unused = NULL;
  g_autoptr(LimnModel) model = NULL;
  g_autofree char *joined = NULL;

  g_test_message ("%s", c->name);
  write_case (c, TRUE, path);
  model = limn_model_open_with (path, &bare, &error);
  g_assert_no_error (error);
  facts = limn_model_get_facts (model);
  g_assert_cmpstr (facts->name, ==, "model");
  g_assert_cmpint (facts->layout, ==, LIMN_LAYOUT_SINGLE);
  g_assert_cmpstr (facts->family->id, ==, c->family);
  g_assert_cmpint (facts->family_from, ==, c->family_from);
  g_assert_cmpstr (facts->scheduler.prediction_type, ==, c->prediction);
  g_assert_cmpint (facts->prediction_from, ==, c->prediction_from);
  g_assert_cmpuint (facts->default_width, ==, c->side);
  g_assert_cmpuint (facts->unet.levels[0].heads, ==, c->unet->context == 768 ? 8 : c->unet->channels[0] / 64);
  g_assert_cmpuint (facts->context_width, ==, c->unet->context);
  g_assert_cmpuint (facts->vector_width, ==, c->unet->vector);
  g_assert_cmpfloat (facts->vae.scaling_factor, ==, c->unet->vector ? 0.13025 : 0.18215);
  unused = limn_model_list_unused (model, &error);
  g_assert_no_error (error);
  g_ptr_array_add (unused, NULL);
  joined = g_strjoinv (" ", (char **) unused->pdata);
  g_assert_cmpstr (joined, ==, c->unused);
  g_assert_cmpuint (g_strv_length ((char **) limn_model_get_weight_files (model)), ==, 1);
}

static void
test_families (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-single-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    check_case (&cases[i], path);
  limn_test_remove_folder (folder);
}

/* How each family's text encoders are looked at, and its UNet's heads. */
static void
test_facts (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-single-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) xl = NULL;
  g_autoptr(LimnModel) one = NULL;
  g_autoptr(LimnModel) two = NULL;
  const LimnModelFacts *facts;

  write_case (&cases[0], TRUE, path);
  one = limn_model_open_with (path, &bare, &error);
  g_assert_no_error (error);
  facts = limn_model_get_facts (one);
  g_assert_cmpuint (facts->texts[0].skip, ==, 0);
  g_assert_true (facts->texts[0].final_norm);
  g_assert_cmpint (facts->texts[0].activation, ==, LIMN_ACTIVATION_QUICK_GELU);
  for (guint i = 0; i < facts->unet.n_levels; i++)
    g_assert_cmpuint (facts->unet.levels[i].heads, ==, 8);

  write_case (&cases[7], TRUE, path);
  two = limn_model_open_with (path, &bare, &error);
  g_assert_no_error (error);
  facts = limn_model_get_facts (two);
  g_assert_cmpuint (facts->texts[0].skip, ==, 1);
  g_assert_true (facts->texts[0].final_norm);
  g_assert_cmpuint (facts->texts[0].projection, ==, 0);
  g_assert_cmpuint (facts->texts[0].pad_id, ==, 0);
  g_assert_cmpuint (facts->texts[0].heads, ==, 16);
  for (guint i = 0; i < facts->unet.n_levels; i++)
    g_assert_cmpuint (facts->unet.levels[i].heads, ==, facts->unet.levels[i].channels / 64);

  write_case (&cases[10], TRUE, path);
  xl = limn_model_open_with (path, &bare, &error);
  g_assert_no_error (error);
  facts = limn_model_get_facts (xl);
  g_assert_cmpuint (facts->n_texts, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (facts->texts[i].skip, ==, 1);
      g_assert_false (facts->texts[i].final_norm);
    }
  g_assert_cmpuint (facts->texts[0].projection, ==, 0);
  g_assert_cmpuint (facts->texts[0].pad_id, ==, LIMN_TEXT_PAD_AS_IS);
  g_assert_cmpuint (facts->texts[1].projection, ==, 1280);
  g_assert_cmpuint (facts->texts[1].pad_id, ==, 0);
  g_assert_true (facts->vae.force_upcast);
  g_assert_cmpuint (facts->unet.mid_depth, ==, 3);
  g_assert_cmpuint (facts->multiple, ==, 32);
  limn_test_remove_folder (folder);
}

/* A VAE of its own, with and without one in the model; other choices. */
static void
test_options (void)
{
  g_autofree char *folder = g_dir_make_tmp ("limn-single-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autofree char *vae = g_build_filename (folder, "other.safetensors", NULL);
  LimnModelOptions options = bare;
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnModel) model = NULL;
  g_autoptr(LimnModel) chosen = NULL;
  Writer writer = WRITER ();

  write_case (&cases[10], FALSE, path);
  g_assert_null (limn_model_open_with (path, &options, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "no VAE"));
  g_clear_error (&error);

  add_vae (&writer, "");
  writer_save (&writer, vae);
  options.vae = vae;
  model = limn_model_open_with (path, &options, &error);
  g_assert_no_error (error);
  g_assert_true (limn_model_check_weights (model, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (limn_model_get_facts (model)->vae.scaling_factor, ==, 0.13025);
  g_assert_cmpstr (limn_model_get_weight_files (model)[0], ==, "model.safetensors");
  g_assert_cmpstr (limn_model_get_weight_files (model)[1], ==, "other.safetensors");
  g_assert_null (limn_model_get_weight_files (model)[2]);

  /* A model is no VAE, unless it has one in it. */
  options.vae = path;
  g_assert_null (limn_model_open_with (path, &options, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
  g_clear_error (&error);

  /* Of a folder the config says for which family it is. */
  {
    g_autofree char *other = g_build_filename (folder, "sd-vae", NULL);
    g_autofree char *config = g_build_filename (other, "config.json", NULL);
    g_autofree char *inside = g_build_filename (other, "diffusion_pytorch_model.safetensors", NULL);
    g_autofree char *text = NULL;
    g_autofree char *starter = test_path ("data/starter-model/vae/config.json");

    g_assert_cmpint (g_mkdir (other, 0700), ==, 0);
    g_assert_true (g_file_get_contents (starter, &text, NULL, NULL));
    g_assert_true (g_file_set_contents (config, text, -1, NULL));
    g_assert_cmpint (g_rename (vae, inside), ==, 0);
    options.vae = other;
    g_assert_null (limn_model_open_with (path, &options, &error));
    g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
    g_assert_nonnull (strstr (error->message, "0.18215"));
    g_clear_error (&error);
    g_assert_cmpint (g_rename (inside, vae), ==, 0);
  }

  options.vae = vae;
  options.family = "sdxl-lightning";
  options.prediction = "v_prediction";
  chosen = limn_model_open_with (path, &options, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (limn_model_get_facts (chosen)->family->id, ==, "sdxl-lightning");
  g_assert_cmpstr (limn_model_get_facts (chosen)->scheduler.timestep_spacing, ==, "trailing");
  g_assert_cmpstr (limn_model_get_facts (chosen)->scheduler.prediction_type, ==, "v_prediction");
  g_assert_cmpint (limn_model_get_facts (chosen)->prediction_from, ==, LIMN_FACT_CHOICE);
  g_assert_true (limn_model_get_facts (chosen)->unproven);
  options.family = "sd1";
  g_assert_null (limn_model_open_with (path, &options, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  g_clear_error (&error);
  options.family = NULL;
  options.prediction = "noise";
  g_assert_null (limn_model_open_with (path, &options, &error));
  g_assert_error (error, LIMN_ERROR, LIMN_ERROR_INVALID);
  limn_test_remove_folder (folder);
}

/* What is no model is named. */
static void
test_others (void)
{
  static const struct
  {
    const char      *tensor;
    LimnDetectedKind kind;
    const char      *says;
  } others[] = {
    { "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", LIMN_DETECT_LORA, "LoRA" },
    { "unet.mid_block.attentions.0.proj_in.lora_A.weight", LIMN_DETECT_LORA, "LoRA" },
    { "lora_unet_mid_block_attentions_0_proj_in.hada_w1_a", LIMN_DETECT_LORA, "LoHa" },
    { "controlnet_cond_embedding.conv_in.weight", LIMN_DETECT_CONTROL, "ControlNet" },
    { "control_model.input_hint_block.0.weight", LIMN_DETECT_CONTROL, "ControlNet" },
    { "emb_params", LIMN_DETECT_EMBEDDING, "embedding" },
    { "clip_g", LIMN_DETECT_EMBEDDING, "embedding" },
    { "decoder.conv_in.weight", LIMN_DETECT_VAE, "VAE" },
    { "3.conv.4.weight", LIMN_DETECT_TAESD, "TAESD" },
    { "decoder.layers.0.weight", LIMN_DETECT_TAESD, "TAESD" },
    { "model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight", LIMN_DETECT_UNKNOWN, "Stable Diffusion 3" },
    { "double_blocks.0.img_attn.qkv.weight", LIMN_DETECT_UNKNOWN, "Flux" },
    { "model.diffusion_model.double_blocks.0.img_attn.qkv.weight", LIMN_DETECT_UNKNOWN, "Flux" },
    { "blocks.0.cross_attn.norm_k.weight", LIMN_DETECT_UNKNOWN, "Wan" },
    { "model.diffusion_model.input_blocks.1.0.time_stack.emb_layers.1.weight", LIMN_DETECT_UNKNOWN, "Video" },
    { "model.layers.0.self_attn.q_proj.weight", LIMN_DETECT_UNKNOWN, "language model" },
    { "model.embed_tokens.weight", LIMN_DETECT_UNKNOWN, "language model" },
    { "encoder.block.0.layer.0.SelfAttention.q.weight", LIMN_DETECT_UNKNOWN, "T5" },
    { "text_model.encoder.layers.0.mlp.fc1.weight", LIMN_DETECT_UNKNOWN, "text encoder" },
    { "model.1.sub.0.RDB1.conv1.0.weight", LIMN_DETECT_UNKNOWN, "upscaler" },
    { "input_blocks.0.0.weight", LIMN_DETECT_UNKNOWN, "only the UNet" },
    { "down_blocks.0.resnets.0.conv1.weight", LIMN_DETECT_UNKNOWN, "model_index.json" },
    { "something.else", LIMN_DETECT_UNKNOWN, "does not know" },
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-single-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr(GError) error = NULL;
      g_autoptr(LimnCheckpoint) file = NULL;
      Writer writer = WRITER ();
      LimnDetected found;

      add (&writer, 4, 4, 0, 0, "%s", others[i].tensor);
      writer_save (&writer, path);
      file = limn_checkpoint_open (path, &error);
      g_assert_no_error (error);
      limn_detect_file (file, &found);
      g_test_message ("%s", others[i].tensor);
      g_assert_cmpint (found.kind, ==, others[i].kind);
      g_assert_cmpstr (found.dtype, ==, "F16");
      g_assert_null (limn_model_open_with (path, &bare, &error));
      g_assert_error (error, LIMN_ERROR, LIMN_ERROR_UNSUPPORTED);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, others[i].says));
    }
  limn_test_remove_folder (folder);
}

/* Models that are nearly one: what is missing, what they are instead. */
static void
test_nearly (void)
{
  static const struct
  {
    const Unet *unet;
    guint       in;
    Texts       texts;
    const char *says;
  } nearly[] = {
    { &sd1, 0, TEXT_NONE, "no text encoder" },
    { &sd2, 5, TEXT_SD2, "depth" },
    { &sd1, 8, TEXT_SD1, "InstructPix2Pix" },
    { &sd1, 4, TEXT_SD2, "contradicts itself" },
    { &sdxl, 4, TEXT_REFINER, "contradicts itself" },
    { &sd1, 6, TEXT_SD1, "no model that Limn knows" },
  };
  g_autofree char *folder = g_dir_make_tmp ("limn-single-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (nearly); i++)
    {
      const Case c = { .unet = nearly[i].unet, .in = nearly[i].in, .texts = nearly[i].texts, .notes = "" };
      g_autoptr(GError) error = NULL;

      write_case (&c, TRUE, path);
      g_assert_null (limn_model_open_with (path, &bare, &error));
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, nearly[i].says));
    }
  limn_test_remove_folder (folder);
}

/* No weight may be missing or of another shape without a word. Every 29th tensor, so that each kind of layer has its turn: there are about a
 * thousand; the first dimension 0 (none), 1, odd, and larger than anything. */
static void
test_spoilt (void)
{
  static const guint which[] = { 0, 7, 10 }, hows[] = { 0, 1, 7, 131073 };
  g_autofree char *folder = g_dir_make_tmp ("limn-single-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  guint n_files = 0, n_refused = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (which); i++)
    for (Writer spoilt = { .n = G_MAXUINT, .victim = 1 + i }; spoilt.victim <= spoilt.n; spoilt.victim += 29)
      {
        g_autoptr(GError) error = NULL;
        g_autoptr(LimnModel) model = NULL;

        n_files++;
        spoilt.how = hows[spoilt.victim % G_N_ELEMENTS (hows)];
        write_spoilt (&cases[which[i]], TRUE, path, &spoilt);
        model = limn_model_open_with (path, &bare, &error);
        if (model && limn_model_check_weights (model, NULL, &error))
          {
            g_assert_false (spoilt.needed);
            continue;
          }
        g_assert_nonnull (error);
        g_assert_true (g_utf8_validate (error->message, -1, NULL));
        n_refused++;
      }
  g_test_message ("%u of %u files refused", n_refused, n_files);
  g_assert_cmpuint (n_refused, >, 90);
  limn_test_remove_folder (folder);
}

/* A ControlNet's family is known by its shapes too. */
static void
test_control (void)
{
  static const Unet control = { "control_model.", 4, 3, { 64, 128, 256 }, { 0, 2, 3 }, TRUE, 2048, 2816 };
  g_autofree char *folder = g_dir_make_tmp ("limn-single-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "model.safetensors", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(LimnCheckpoint) file = NULL;
  Writer writer = WRITER ();
  LimnDetected found;

  add_unet (&writer, &control, TRUE);
  writer_save (&writer, path);
  file = limn_checkpoint_open (path, &error);
  g_assert_no_error (error);
  limn_detect_file (file, &found);
  g_assert_cmpint (found.kind, ==, LIMN_DETECT_CONTROL);
  g_assert_cmpstr (found.family->id, ==, "sdxl");
  limn_test_remove_folder (folder);
}

void
test_add_single (void)
{
  g_test_add_func ("/model/single/families", test_families);
  g_test_add_func ("/model/single/facts", test_facts);
  g_test_add_func ("/model/single/options", test_options);
  g_test_add_func ("/model/single/others", test_others);
  g_test_add_func ("/model/single/nearly", test_nearly);
  g_test_add_func ("/model/single/spoilt", test_spoilt);
  g_test_add_func ("/model/single/control", test_control);
}
