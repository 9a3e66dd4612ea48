/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-model.h"

#include "model/limn-names.h"

/* Four levels of two layers as in SD 1.x, three as in SDXL; the coarsest level of the first has no attention. */
static const LimnUnetConfig sd1 = {
  .n_levels = 4,
  .levels = { { 320, 2, 8, 1, TRUE, TRUE }, { 640, 2, 8, 1, TRUE, TRUE }, { 1280, 2, 8, 1, TRUE, TRUE }, { 1280, 2, 8, 1, FALSE, FALSE } },
};
static const LimnUnetConfig sdxl = {
  .n_levels = 3,
  .levels = { { 320, 2, 5, 1, FALSE, FALSE }, { 640, 2, 10, 2, TRUE, TRUE }, { 1280, 2, 20, 10, TRUE, TRUE } },
};
static const LimnVaeConfig vae = { .n_levels = 4 };

typedef struct
{
  LimnNamesKind         kind;
  const LimnUnetConfig *unet;
  const char           *canonical;
  const char           *place; /* NULL: there is none */
  guint                 part;
  guint                 n_parts;
  gboolean              transposed;
} Case;

/* Names of published files: v1-5-pruned, sd_xl_base_1.0, v2-1_768, control_sd15_canny. */
static const Case cases[] = {
  { LIMN_NAMES_UNET, &sd1, "conv_in.weight", "input_blocks.0.0.weight" },
  { LIMN_NAMES_UNET, &sd1, "time_embedding.linear_2.bias", "time_embed.2.bias" },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.0.resnets.0.norm1.weight", "input_blocks.1.0.in_layers.0.weight" },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.0.downsamplers.0.conv.weight", "input_blocks.3.0.op.weight" },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.1.resnets.0.conv_shortcut.weight", "input_blocks.4.0.skip_connection.weight" },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_k.weight",
    "input_blocks.8.1.transformer_blocks.0.attn2.to_k.weight" },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.3.resnets.1.time_emb_proj.weight", "input_blocks.11.0.emb_layers.1.weight" },
  { LIMN_NAMES_UNET, &sd1, "mid_block.attentions.0.proj_in.weight", "middle_block.1.proj_in.weight" },
  { LIMN_NAMES_UNET, &sd1, "mid_block.resnets.1.conv2.bias", "middle_block.2.out_layers.3.bias" },
  { LIMN_NAMES_UNET, &sd1, "up_blocks.0.resnets.2.conv1.weight", "output_blocks.2.0.in_layers.2.weight" },
  { LIMN_NAMES_UNET, &sd1, "up_blocks.0.upsamplers.0.conv.weight", "output_blocks.2.1.conv.weight" },
  { LIMN_NAMES_UNET, &sd1, "up_blocks.1.upsamplers.0.conv.weight", "output_blocks.5.2.conv.weight" },
  { LIMN_NAMES_UNET, &sd1, "up_blocks.3.attentions.2.norm.bias", "output_blocks.11.1.norm.bias" },
  { LIMN_NAMES_UNET, &sd1, "conv_norm_out.weight", "out.0.weight" },
  { LIMN_NAMES_UNET, &sd1, "conv_out.bias", "out.2.bias" },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.4.resnets.0.norm1.weight", NULL },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.0.resnets.2.norm1.weight", NULL },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.0.resnets.1.norm3.weight", NULL },
  { LIMN_NAMES_UNET, &sd1, "down_blocks.x.resnets.1.norm1.weight", NULL },
  { LIMN_NAMES_UNET, &sd1, "text_model.final_layer_norm.weight", NULL },
  { LIMN_NAMES_UNET, &sdxl, "add_embedding.linear_1.weight", "label_emb.0.0.weight" },
  { LIMN_NAMES_UNET, &sdxl, "down_blocks.1.attentions.0.transformer_blocks.1.ff.net.0.proj.weight",
    "input_blocks.4.1.transformer_blocks.1.ff.net.0.proj.weight" },
  { LIMN_NAMES_UNET, &sdxl, "up_blocks.0.upsamplers.0.conv.weight", "output_blocks.2.2.conv.weight" },
  { LIMN_NAMES_UNET, &sdxl, "up_blocks.1.resnets.0.conv1.weight", "output_blocks.3.0.in_layers.2.weight" },
  { LIMN_NAMES_CONTROL, &sd1, "controlnet_cond_embedding.conv_in.weight", "input_hint_block.0.weight" },
  { LIMN_NAMES_CONTROL, &sd1, "controlnet_cond_embedding.blocks.5.weight", "input_hint_block.12.weight" },
  { LIMN_NAMES_CONTROL, &sd1, "controlnet_cond_embedding.conv_out.bias", "input_hint_block.14.bias" },
  { LIMN_NAMES_CONTROL, &sd1, "controlnet_down_blocks.11.weight", "zero_convs.11.0.weight" },
  { LIMN_NAMES_CONTROL, &sd1, "controlnet_mid_block.bias", "middle_block_out.0.bias" },
  { LIMN_NAMES_VAE, NULL, "quant_conv.weight", "quant_conv.weight" },
  { LIMN_NAMES_VAE, NULL, "encoder.down_blocks.1.resnets.0.conv_shortcut.weight", "encoder.down.1.block.0.nin_shortcut.weight" },
  { LIMN_NAMES_VAE, NULL, "encoder.mid_block.attentions.0.to_out.0.bias", "encoder.mid.attn_1.proj_out.bias" },
  { LIMN_NAMES_VAE, NULL, "encoder.mid_block.attentions.0.query.weight", NULL },
  { LIMN_NAMES_VAE, NULL, "decoder.up_blocks.0.resnets.2.norm2.weight", "decoder.up.3.block.2.norm2.weight" },
  { LIMN_NAMES_VAE, NULL, "decoder.up_blocks.2.upsamplers.0.conv.weight", "decoder.up.1.upsample.conv.weight" },
  { LIMN_NAMES_VAE, NULL, "decoder.up_blocks.4.resnets.0.norm1.weight", NULL },
  { LIMN_NAMES_OPEN_CLIP, NULL, "text_model.embeddings.position_embedding.weight", "positional_embedding" },
  { LIMN_NAMES_OPEN_CLIP, NULL, "text_model.encoder.layers.22.self_attn.k_proj.bias", "transformer.resblocks.22.attn.in_proj_bias", 1, 3 },
  { LIMN_NAMES_OPEN_CLIP, NULL, "text_model.encoder.layers.0.self_attn.v_proj.weight", "transformer.resblocks.0.attn.in_proj_weight", 2, 3 },
  { LIMN_NAMES_OPEN_CLIP, NULL, "text_model.encoder.layers.0.mlp.fc1.weight", "transformer.resblocks.0.mlp.c_fc.weight" },
  { LIMN_NAMES_OPEN_CLIP, NULL, "text_model.final_layer_norm.bias", "ln_final.bias" },
  { LIMN_NAMES_OPEN_CLIP, NULL, "text_projection.weight", "text_projection", 0, 1, TRUE },
  { LIMN_NAMES_BARE_CLIP, NULL, "text_model.encoder.layers.0.mlp.fc1.weight", "encoder.layers.0.mlp.fc1.weight" },
  { LIMN_NAMES_CANONICAL, NULL, "up_blocks.0.resnets.2.conv1.weight", "up_blocks.0.resnets.2.conv1.weight" },
};

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      g_autoptr(LimnNames) names = limn_names_new (c->kind, "prefix.", c->unet, c->kind == LIMN_NAMES_VAE ? &vae : NULL);
      g_autofree char *wanted = g_strconcat ("prefix.", c->place, NULL);
      g_auto(LimnPlace) place = { NULL };

      g_assert_cmpint (limn_names_find (names, c->canonical, &place), ==, c->place != NULL);
      if (!c->place)
        {
          g_assert_null (place.name);
          continue;
        }
      g_assert_cmpstr (place.name, ==, wanted);
      g_assert_cmpuint (place.part, ==, c->part);
      g_assert_cmpuint (place.n_parts, ==, MAX (c->n_parts, 1));
      g_assert_cmpint (place.transposed, ==, c->transposed);
    }
}

static void
test_ema (void)
{
  g_autoptr(LimnNames) names = limn_names_new_ema (&sd1);
  g_auto(LimnPlace) place = { NULL };

  g_assert_true (limn_names_find (names, "down_blocks.0.resnets.0.norm1.weight", &place));
  g_assert_cmpstr (place.name, ==, "model_ema.diffusion_modelinput_blocks10in_layers0weight");
}

/* What LoRA files call a layer. */
static void
test_original (void)
{
  g_autoptr(LimnNames) unet = limn_names_new (LIMN_NAMES_UNET, "model.diffusion_model.", &sdxl, NULL);
  g_autoptr(LimnNames) text = limn_names_new (LIMN_NAMES_OPEN_CLIP, "", NULL, NULL);
  g_autofree char *layer = limn_names_dup_original (unet, "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q");
  g_autofree char *resnet = limn_names_dup_original (unet, "mid_block.resnets.0.time_emb_proj");

  g_assert_cmpstr (layer, ==, "input_blocks.4.1.transformer_blocks.0.attn1.to_q");
  g_assert_cmpstr (resnet, ==, "middle_block.0.emb_layers.1");
  g_assert_null (limn_names_dup_original (unet, "nothing"));
  g_assert_null (limn_names_dup_original (text, "text_model.encoder.layers.0.self_attn.q_proj"));
}

void
test_add_names (void)
{
  g_test_add_func ("/model/names/table", test_names);
  g_test_add_func ("/model/names/ema", test_ema);
  g_test_add_func ("/model/names/original", test_original);
}
