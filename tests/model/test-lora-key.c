/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "test-lora.h"

#include "model/limn-lora-key.h"

#include <string.h>

/* As the programs write them that people train with; from their sources, and from files that they made. */
static const struct
{
  const char    *name;
  LimnLoraTarget target;
  LimnLoraRole   role;
  const char    *layer;
} good[] = {
  /* kohya sd-scripts, SD 1.x and 2.x */
  { "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q.lora_down.weight", LIMN_LORA_UNET, LIMN_LORA_DOWN,
    "down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q" },
  { "lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj.lora_up.weight", LIMN_LORA_UNET, LIMN_LORA_UP,
    "mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj" },
  { "lora_unet_up_blocks_3_attentions_2_proj_out.alpha", LIMN_LORA_UNET, LIMN_LORA_ALPHA, "up_blocks_3_attentions_2_proj_out" },
  { "lora_te_text_model_encoder_layers_11_mlp_fc2.lora_down.weight", LIMN_LORA_TEXT, LIMN_LORA_DOWN, "text_model_encoder_layers_11_mlp_fc2" },
  /* LyCORIS' LoCon, and a convolution that is taken apart twice */
  { "lora_unet_down_blocks_0_resnets_0_conv1.lora_mid.weight", LIMN_LORA_UNET, LIMN_LORA_MID, "down_blocks_0_resnets_0_conv1" },
  /* kohya, SDXL */
  { "lora_unet_input_blocks_4_1_transformer_blocks_1_attn2_to_out_0.lora_up.weight", LIMN_LORA_UNET, LIMN_LORA_UP,
    "input_blocks_4_1_transformer_blocks_1_attn2_to_out_0" },
  { "lora_te1_text_model_encoder_layers_0_self_attn_k_proj.alpha", LIMN_LORA_TEXT, LIMN_LORA_ALPHA,
    "text_model_encoder_layers_0_self_attn_k_proj" },
  { "lora_te2_text_model_encoder_layers_31_self_attn_out_proj.lora_down.weight", LIMN_LORA_TEXT_2, LIMN_LORA_DOWN,
    "text_model_encoder_layers_31_self_attn_out_proj" },
  /* diffusers, PEFT */
  { "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0.lora_A.weight", LIMN_LORA_UNET, LIMN_LORA_DOWN,
    "mid_block_attentions_0_transformer_blocks_0_attn2_to_out_0" },
  { "unet.down_blocks.1.resnets.0.conv1.lora_B.default_0.weight", LIMN_LORA_UNET, LIMN_LORA_UP, "down_blocks_1_resnets_0_conv1" },
  { "text_encoder_2.text_model.encoder.layers.3.mlp.fc1.lora_B.weight", LIMN_LORA_TEXT_2, LIMN_LORA_UP, "text_model_encoder_layers_3_mlp_fc1" },
  { "base_model.model.down_blocks.0.attentions.1.transformer_blocks.0.attn1.to_k.lora_A.weight", LIMN_LORA_ANY, LIMN_LORA_DOWN,
    "down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_k" },
  { "unet.base_model.model.conv_in.lora_A.weight", LIMN_LORA_UNET, LIMN_LORA_DOWN, "conv_in" },
  /* older diffusers */
  { "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.down.weight", LIMN_LORA_UNET, LIMN_LORA_DOWN,
    "up_blocks_1_attentions_0_transformer_blocks_0_attn1_to_out_0" },
  { "mid_block.attentions.0.transformer_blocks.0.attn2.processor.to_v_lora.up.weight", LIMN_LORA_ANY, LIMN_LORA_UP,
    "mid_block_attentions_0_transformer_blocks_0_attn2_to_v" },
  { "unet.down_blocks.0.attentions.0.proj_in.lora.up.weight", LIMN_LORA_UNET, LIMN_LORA_UP, "down_blocks_0_attentions_0_proj_in" },
  { "text_encoder.text_model.encoder.layers.2.self_attn.q_proj.lora_linear_layer.up.weight", LIMN_LORA_TEXT, LIMN_LORA_UP,
    "text_model_encoder_layers_2_self_attn_q_proj" },
  { "text_encoder.text_model.encoder.layers.2.self_attn.to_out_lora.down.weight", LIMN_LORA_TEXT, LIMN_LORA_DOWN,
    "text_model_encoder_layers_2_self_attn_out_proj" },
  /* ComfyUI */
  { "diffusion_model.output_blocks.5.1.proj_in.lora_up.weight", LIMN_LORA_UNET, LIMN_LORA_UP, "output_blocks_5_1_proj_in" },
  { "text_encoders.clip_g.transformer.text_model.encoder.layers.7.mlp.fc1.lora_A.weight", LIMN_LORA_TEXT_2, LIMN_LORA_DOWN,
    "text_model_encoder_layers_7_mlp_fc1" },
  /* OpenCLIP's names */
  { "lora_te2_transformer_resblocks_4_attn_in_proj.lora_down.weight", LIMN_LORA_TEXT_2, LIMN_LORA_DOWN, "transformer_resblocks_4_attn_in_proj" },
};

static void
test_names (void)
{
  LimnLoraKey key;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_test_message ("%s", good[i].name);
      g_assert_true (limn_lora_key_parse (good[i].name, &key));
      g_assert_cmpint (key.target, ==, good[i].target);
      g_assert_cmpint (key.role, ==, good[i].role);
      g_assert_cmpstr (key.layer, ==, good[i].layer);
      g_assert_null (key.kind);
    }
}

static void
test_kinds (void)
{
  static const char *const others[][2] = {
    { "lora_unet_mid_block_attentions_0_proj_in.hada_w1_a", "LoHa" },
    { "lora_unet_mid_block_attentions_0_proj_in.lokr_w2", "LoKr" },
    { "lora_unet_mid_block_attentions_0_proj_in.dora_scale", "DoRA" },
    { "unet.mid_block.attentions.0.proj_in.lora_magnitude_vector.default.weight", "DoRA" },
    { "lora_unet_mid_block_attentions_0_proj_in.on_input", "(IA)³" },
    { "lora_unet_mid_block_attentions_0_proj_in.oft_blocks", "OFT" },
    { "lora_unet_mid_block_attentions_0_proj_in.a1.weight", "GLoRA" },
    { "lora_unet_mid_block_attentions_0_proj_in.diff", "full differences" },
    { "lora_unet_mid_block_attentions_0_norm.w_norm", "trained norms" },
  };
  LimnLoraKey key;

  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_assert_true (limn_lora_key_parse (others[i][0], &key));
      g_assert_cmpint (key.role, ==, LIMN_LORA_OTHER);
      g_assert_cmpstr (key.kind, ==, others[i][1]);
    }
}

static void
test_foreign (void)
{
  static const char *const foreign[] = {
    "", "alpha", ".alpha", "unet.alpha", "unet..alpha.x", "lora_unet_.alpha", "model.diffusion_model.input_blocks.0.0.weight", "emb_params",
    "lora_A.default.weight", ".lora_A.default.weight", "x.lora_A..weight", "x.lora_A.a.b.weight", "bundle_emb.word.string_to_param.*",
  };
  g_autofree char *endless = g_strnfill (LIMN_LORA_MAX_NAME + 1, 'x');
  g_autofree char *longest = g_strnfill (LIMN_LORA_MAX_NAME, 'x');
  g_autofree char *too_long = g_strconcat (endless, ".alpha", NULL);
  g_autofree char *just = g_strconcat ("unet.", longest, ".alpha", NULL);
  LimnLoraKey key;

  for (gsize i = 0; i < G_N_ELEMENTS (foreign); i++)
    {
      g_test_message ("%s", foreign[i]);
      g_assert_false (limn_lora_key_parse (foreign[i], &key));
    }
  g_assert_false (limn_lora_key_parse (too_long, &key));
  g_assert_true (limn_lora_key_parse (just, &key));
  g_assert_cmpuint (strlen (key.layer), ==, LIMN_LORA_MAX_NAME);
}

void
test_add_lora_key (void)
{
  g_test_add_func ("/lora/key/names", test_names);
  g_test_add_func ("/lora/key/kinds", test_kinds);
  g_test_add_func ("/lora/key/foreign", test_foreign);
}
