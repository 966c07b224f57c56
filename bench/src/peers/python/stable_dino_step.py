#!/usr/bin/env python3
"""The network's step of Stable-DINO in PyTorch, beside the figures of ours.

    ./stable-dino bench step --device cuda --out found        # ours, and the files that are read here
    python3 bench/src/peers/python/stable_dino_step.py found  # the same step in PyTorch; writes found/gpu-torch.md

It needs PyTorch 2 and nothing else. Weights, images, denoising queries and the gradients of all outputs come from
found/step.safetensors, with what our step has computed: outputs and gradients are compared before anything is timed,
and a difference ends it with exit code 1.

The network is written in PyTorch's functional ops the way the published code computes it, deformable attention by
grid_sample, which PyTorch has without a compiled extension. It takes the shortcuts that ours takes: boxes and classes
of the encoder are differentiated for selected tokens only. It may be faster than the published code elsewhere: maps
are in the layout that tensor cores want, attention and AdamW are fused. What depends on extents alone (position codes,
reference points, proposals) is computed once, before the timing; ours computes it in every step. Matching and losses
are on neither side.
"""

import argparse
import json
import math
import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F

BLOCKS = (3, 4, 6, 3)
EPS = 1e-5
LOGIT_EPS = 1e-3
MAX_NORM = 0.1
TYPES = {"F32": torch.float32, "I32": torch.int32, "BOOL": torch.bool}

# The largest relative difference of an output from ours, and of a gradient: norm of the difference over the norm.
TOLERANCES = {"float32": (2e-3, 5e-2), "tf32": (2e-2, 2e-1), "bf16": (1e-1, 6e-1)}


def read(path):
    """The tensors of a safetensors file by name, and its metadata."""
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = TYPES[entry["dtype"]]
        raw = bytearray(data[8 + length + begin : 8 + length + end])
        tensors[name] = torch.frombuffer(raw, dtype=kind).reshape(entry["shape"])
    return tensors, metadata


class Network:
    """A detector with a ResNet-50; maps [B, C, H, W], tokens [B, N, C]."""

    def __init__(self, tensors, metadata, device):
        self.heads = int(metadata["heads"])
        self.points = int(metadata["points"])
        self.encoder_layers = int(metadata["encoderLayers"])
        self.decoder_layers = int(metadata["decoderLayers"])
        self.groups = int(metadata["normGroups"])
        self.trained = metadata["trained"].split("\n")
        self.weights = {}
        for name, tensor in tensors.items():
            if name.startswith("weight."):
                tensor = tensor.to(device)
                if tensor.dim() == 4:
                    tensor = tensor.contiguous(memory_format=torch.channels_last)
                self.weights[name[len("weight.") :]] = tensor
        for name in self.trained:
            self.weights[name].requires_grad_()
        images = tensors["images"]
        self.batch, height, width = images.shape[:3]
        self.levels = [(-(-height // (8 << i)), -(-width // (8 << i))) for i in range(4)]
        self.sizes = [rows * columns for rows, columns in self.levels]
        self.channels = self.weights["transformer.tgt_embed.weight"].shape[1]
        self._constants(device)
        self.norms = {}

    def parameters(self):
        return [self.weights[name] for name in self.trained]

    # What follows from the extents.

    def _constants(self, device):
        features = self.channels // 2
        index = torch.arange(features, device=device)
        periods = 10000.0 ** (2 * (index // 2) / features)
        codes, centres, proposals = [], [], []
        for level, (rows, columns) in enumerate(self.levels):
            y = (torch.arange(rows, device=device) + 0.5) / rows
            x = (torch.arange(columns, device=device) + 0.5) / columns
            by_axis = []
            for axis, count in ((y, rows), (x, columns)):
                angles = (axis * count / (count + 1e-6) * 2 * math.pi)[:, None] / periods
                by_axis.append(torch.stack((angles[:, 0::2].sin(), angles[:, 1::2].cos()), 2).flatten(1))
            code = torch.cat(
                (
                    by_axis[0][:, None].expand(rows, columns, features),
                    by_axis[1][None].expand(rows, columns, features),
                ),
                2,
            )
            codes.append(code.reshape(1, rows * columns, 2 * features))
            centre = torch.stack(
                (x[None].expand(rows, columns), y[:, None].expand(rows, columns)), 2
            ).reshape(rows * columns, 2)
            centres.append(centre)
            size = torch.full_like(centre, 0.05 * 2**level)
            proposals.append(torch.cat((centre, size), 1))
        self.codes = codes
        centres = torch.cat(centres)
        self.encoder_references = centres[None, :, None].expand(self.batch, -1, len(self.levels), -1)
        boxes = torch.cat(proposals)
        self.invalid = ((boxes <= 0.01) | (boxes >= 0.99)).any(1)[None, :, None]
        self.proposals = torch.log(boxes / (1 - boxes))[None].masked_fill(self.invalid, math.inf)
        self.extents = torch.tensor([(w, h) for h, w in self.levels], device=device, dtype=torch.float32)
        self.angles = 2 * math.pi / 10000.0 ** (2 * torch.arange(features // 2, device=device) / features)

    # Layers.

    def linear(self, path, x):
        return F.linear(x, self.weights[path + ".weight"], self.weights[path + ".bias"])

    def norm(self, path, x):
        return F.layer_norm(x, x.shape[-1:], self.weights[path + ".weight"], self.weights[path + ".bias"], EPS)

    def mlp(self, path, depth, x):
        for i in range(depth):
            x = self.linear(f"{path}.layers.{i}", x)
            if i < depth - 1:
                x = F.relu(x, inplace=True)
        return x

    def feed_forward(self, path, norm, x):
        hidden = F.relu(self.linear(path + ".layers.0.0", x), inplace=True)
        return self.norm(norm, x + self.linear(path + ".layers.1", hidden))

    def conv_norm(self, path, x, stride, padding):
        """A convolution and its frozen batch norm, one multiply-add a channel."""
        if path not in self.norms:
            w = self.weights
            scale = w[path + ".norm.weight"] / (w[path + ".norm.running_var"] + EPS).sqrt()
            shift = w[path + ".norm.bias"] - w[path + ".norm.running_mean"] * scale
            self.norms[path] = scale.view(1, -1, 1, 1), shift.view(1, -1, 1, 1)
        scale, shift = self.norms[path]
        y = F.conv2d(x, self.weights[path + ".weight"], stride=stride, padding=padding)
        return torch.addcmul(shift.to(y.dtype), y, scale.to(y.dtype))

    def backbone(self, images):
        x = F.relu(self.conv_norm("backbone.stem.conv1", images, 2, 3), inplace=True)
        x = F.max_pool2d(x, 3, 2, 1)
        maps = []
        for stage, blocks in enumerate(BLOCKS):
            for block in range(blocks):
                path = f"backbone.res{stage + 2}.{block}"
                stride = 2 if stage > 0 and block == 0 else 1
                y = F.relu(self.conv_norm(path + ".conv1", x, 1, 0), inplace=True)
                y = F.relu(self.conv_norm(path + ".conv2", y, stride, 1), inplace=True)
                y = self.conv_norm(path + ".conv3", y, 1, 0)
                x = F.relu(y + (self.conv_norm(path + ".shortcut", x, stride, 0) if block == 0 else x), inplace=True)
            if stage > 0:
                maps.append(x)
        return maps

    def neck(self, maps):
        levels = [self.neck_level(f"neck.convs.{i}", x, 1, 0) for i, x in enumerate(maps)]
        return levels + [self.neck_level("neck.extra_convs.0", maps[-1], 2, 1)]

    def neck_level(self, path, x, stride, padding):
        w = self.weights
        y = F.conv2d(x, w[path + ".conv.weight"], w[path + ".conv.bias"], stride, padding)
        return F.group_norm(y, self.groups, w[path + ".norm.weight"], w[path + ".norm.bias"], EPS)

    def deformable(self, path, query, value, references):
        """Multi-scale deformable attention; references are points [B, Q, L, 2] or boxes [B, Q, L, 4]."""
        batch, queries, channels = query.shape
        levels, depth = len(self.levels), channels // self.heads
        value = self.linear(path + ".value_proj", value).view(batch, -1, self.heads, depth)
        shape = batch, queries, self.heads, levels, self.points
        offsets = self.linear(path + ".sampling_offsets", query).view(*shape, 2)
        shares = self.linear(path + ".attention_weights", query).view(batch, queries, self.heads, -1).softmax(-1)
        placed = references[:, :, None, :, None]
        if references.shape[-1] == 2:
            locations = placed + offsets / self.extents[:, None]
        else:
            locations = placed[..., :2] + offsets / self.points * placed[..., 2:] * 0.5
        grid = 2 * locations - 1
        sampled = []
        start = 0
        for level, (rows, columns) in enumerate(self.levels):
            tokens = value[:, start : start + rows * columns]
            start += rows * columns
            map_ = tokens.flatten(2).transpose(1, 2).reshape(batch * self.heads, depth, rows, columns)
            at = grid[:, :, :, level].transpose(1, 2).flatten(0, 1)
            # In float32 always, as the published code: 8 bits do not tell one pixel from the next.
            sampled.append(F.grid_sample(map_.float(), at.float(), align_corners=False))
        # [B * H, D, Q, L, P] times [B * H, 1, Q, L * P]
        shares = shares.transpose(1, 2).reshape(batch * self.heads, 1, queries, levels * self.points)
        out = (torch.stack(sampled, -2).flatten(-2) * shares).sum(-1)
        return self.linear(path + ".output_proj", out.view(batch, channels, queries).transpose(1, 2))

    def self_attention(self, path, placed, value, visible):
        w, b = self.weights[path + ".in_proj_weight"], self.weights[path + ".in_proj_bias"]
        c = self.channels
        both = F.linear(placed, w[: 2 * c], b[: 2 * c])
        values = F.linear(value, w[2 * c :], b[2 * c :])

        def split(x):
            return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)

        out = F.scaled_dot_product_attention(split(both[..., :c]), split(both[..., c:]), split(values), visible)
        return self.linear(path + ".out_proj", out.transpose(1, 2).flatten(2))

    # The transformer.

    def encode(self, maps):
        embeds = self.weights["transformer.level_embeds"]
        x = torch.cat([m.flatten(2).transpose(1, 2) for m in maps], 1)
        place = torch.cat([code + embed for code, embed in zip(self.codes, embeds)], 1)
        states = [x]
        for i in range(self.encoder_layers):
            path = f"transformer.encoder.layers.{i}"
            attended = self.deformable(path + ".attentions.0", x + place, x, self.encoder_references)
            x = self.norm(path + ".norms.0", x + attended)
            x = self.feed_forward(path + ".ffns.0", path + ".norms.1", x)
            states.append(x)
        fused = self.linear("transformer.encoder.fusion_layer.0", torch.cat(states, -1))
        return self.norm("transformer.encoder.fusion_layer.1", fused)

    def output_norm(self, rows):
        return self.norm("transformer.enc_output_norm", self.linear("transformer.enc_output", rows))

    def select(self, memory, count):
        """The tokens with the best scores; where two are almost equal, rounding decides."""
        with torch.no_grad():
            rows = memory.masked_fill(self.invalid, 0)
            logits = self.linear(f"transformer.decoder.class_embed.{self.decoder_layers}", self.output_norm(rows))
            return logits.max(-1).values.topk(count, 1).indices

    def code(self, boxes):
        """Sines and cosines of (cy, cx, w, h), [B, N, 4 * F]."""
        angles = boxes[..., [1, 0, 2, 3], None] * self.angles
        return torch.stack((angles.sin(), angles.cos()), -1).flatten(2)

    def decoder_layer(self, path, queries, references, memory, visible):
        place = self.mlp("transformer.decoder.ref_point_head", 2, self.code(references))
        attended = self.self_attention(path + ".attentions.0.attn", queries + place, queries, visible)
        x = self.norm(path + ".norms.0", queries + attended)
        on_levels = references[:, :, None].expand(-1, -1, len(self.levels), -1)
        x = self.norm(path + ".norms.1", x + self.deformable(path + ".attentions.1", x + place, memory, on_levels))
        return self.feed_forward(path + ".ffns.0", path + ".norms.2", x)

    def forward(self, images, denoising, visible, selected):
        """Logits and boxes of all decoder layers in order, and last of the encoder."""
        memory = self.encode(self.neck(self.backbone(images)))
        self.select(memory, selected.shape[1])
        rows = memory.masked_fill(self.invalid, 0)
        rows = rows.gather(1, selected[..., None].expand(-1, -1, self.channels))
        features = self.output_norm(rows)
        last = self.decoder_layers
        boxes = (self.mlp(f"transformer.decoder.bbox_embed.{last}", 3, features).float() + self.proposals[0][selected]).sigmoid()
        labels, filled, noisy = denoising
        content = self.weights["label_enc.weight"][labels] * filled
        x = torch.cat((content, self.weights["transformer.tgt_embed.weight"].expand(self.batch, -1, -1)), 1)
        reference = torch.cat((noisy.sigmoid(), boxes.detach()), 1)
        outputs = []
        for i in range(last):
            path = f"transformer.decoder.layers.{i}"
            x = self.decoder_layer(path, x, reference.detach(), memory, visible)
            logit = inverse_sigmoid(reference)
            state = self.norm("transformer.decoder.norm", x)
            offsets = self.mlp(f"transformer.decoder.bbox_embed.{i}", 3, state).float()
            outputs.append((self.linear(f"transformer.decoder.class_embed.{i}", state), (offsets + logit).sigmoid()))
            if i < last - 1:
                reference = (self.mlp(f"transformer.decoder.bbox_embed.{i}", 3, x).float() + logit.detach()).sigmoid()
        outputs.append((self.linear(f"transformer.decoder.class_embed.{last}", features), boxes))
        return outputs


def inverse_sigmoid(x):
    x = x.clamp(0, 1)
    return (x.clamp(min=LOGIT_EPS) / (1 - x).clamp(min=LOGIT_EPS)).log()


class Step:
    """Forward, the outputs times given gradients, backward, clipping, AdamW with a rate of 0."""

    def __init__(self, tensors, metadata, device, precision):
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.allow_tf32 = precision == "tf32"
        torch.backends.cudnn.benchmark = True
        self.autocast = torch.autocast(device, torch.bfloat16, enabled=precision == "bf16")
        self.network = Network(tensors, metadata, device)
        self.images = tensors["images"].permute(0, 3, 1, 2).to(device)
        self.denoising = [
            tensors["denoising.labels"].long().to(device),
            tensors["denoising.filled"].to(device),
            tensors["denoising.boxes"].to(device),
        ]
        self.visible = tensors["denoising.blocked"].logical_not().to(device)
        self.selected = tensors["selected"].long().to(device)
        count = self.network.decoder_layers + 1
        self.given = [
            (tensors[f"given.logits.{i}"].to(device), tensors[f"given.boxes.{i}"].to(device)) for i in range(count)
        ]
        fused = device == "cuda"
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=0.0, weight_decay=0.0, fused=fused)

    def differentiate(self):
        with self.autocast:
            outputs = self.network.forward(self.images, self.denoising, self.visible, self.selected)
        total = 0
        for (logits, boxes), (given_logits, given_boxes) in zip(outputs, self.given):
            total = total + (logits.float() * given_logits).sum() + (boxes * given_boxes).sum()
        total.backward()
        return outputs

    def __call__(self):
        self.differentiate()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_NORM)
        self.optimizer.step()
        self.optimizer.zero_grad()


def distance(found, expected):
    found, expected = found.detach().float().cpu(), expected.float()
    return ((found - expected).norm() / expected.norm().clamp(min=1e-20)).item()


def differences(step, tensors):
    """The largest relative differences from ours, of outputs and of gradients."""
    outputs = step.differentiate()
    output = 0.0
    for i, (logits, boxes) in enumerate(outputs):
        output = max(output, distance(logits, tensors[f"expected.logits.{i}"]))
        output = max(output, distance(boxes, tensors[f"expected.boxes.{i}"]))
    gradient = 0.0
    for name, expected in tensors.items():
        if name.startswith("expected.grad."):
            found = step.network.weights[name[len("expected.grad.") :]].grad
            gradient = max(gradient, distance(found, expected))
    step.optimizer.zero_grad()
    return output, gradient


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def times(step, device, seconds, fewest=3):
    found = []
    start = time.perf_counter()
    while len(found) < fewest or time.perf_counter() - start < seconds:
        wait(device)
        before = time.perf_counter()
        step()
        wait(device)
        found.append(1e3 * (time.perf_counter() - before))
    return found


def measure(tensors, metadata, device, precision, seconds):
    """Milliseconds, bytes in tensors, bytes held, and the differences of outputs and gradients."""
    step = Step(tensors, metadata, device, precision)
    output, gradient = differences(step, tensors)
    times(step, device, seconds / 2)
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    median = statistics.median(times(step, device, seconds))
    taken = torch.cuda.max_memory_allocated() if device == "cuda" else 0
    held = torch.cuda.max_memory_reserved() if device == "cuda" else 0
    return median, taken, held, output, gradient


def ours(folder):
    """What our command has measured of the network's step: by precision, milliseconds and bytes."""
    found = {}
    for line in (folder / "step.lines").read_text().splitlines():
        kind, precision, _, median, _, _, taken, held = line.split()
        if kind == "NETWORK":
            found[precision.lower()] = float(median), int(taken), int(held)
    return found


def main():
    parser = argparse.ArgumentParser(description="The network's step in PyTorch, beside ours.")
    parser.add_argument("folder", type=Path, help="what 'bench step --out FOLDER' has written")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seconds", type=float, default=5, help="of measurement for each precision")
    parser.add_argument("--out", type=Path, help="the table; FOLDER/gpu-torch.md without it")
    options = parser.parse_args()
    tensors, metadata = read(options.folder / "step.safetensors")
    card = torch.cuda.get_device_name() if options.device == "cuda" else "CPU"
    lines = [
        f"Java beside PyTorch {torch.__version__} on {card}: the network's step, {list(tensors['images'].shape)}",
        "",
        "| precision | Java ms | PyTorch ms | PyTorch / Java | Java GB in tensors (held) | PyTorch GB in tensors (held)"
        " | difference of outputs | of gradients |",
        "|---|---|---|---|---|---|---|---|",
    ]
    alike = True
    for precision, (java, java_taken, java_held) in ours(options.folder).items():
        torch_ms, taken, held, output, gradient = measure(
            tensors, metadata, options.device, precision, options.seconds
        )
        most = TOLERANCES[precision]
        # Written so that a NaN differs.
        same = output <= most[0] and gradient <= most[1]
        alike = alike and same
        lines.append(
            f"| {precision} | {java:.2f} | {torch_ms:.2f} | {torch_ms / java:.2f} "
            f"| {java_taken * 1e-9:.2f} ({java_held * 1e-9:.2f}) | {taken * 1e-9:.2f} ({held * 1e-9:.2f}) "
            f"| {output:.1e}{'' if same else ' DIFFERS'} | {gradient:.1e} |"
        )
        if options.device == "cuda":
            torch.cuda.empty_cache()
    table = "\n".join(lines) + "\n"
    print(table, end="")
    (options.out or options.folder / "gpu-torch.md").write_text(table)
    return 0 if alike else 1


if __name__ == "__main__":
    sys.exit(main())
