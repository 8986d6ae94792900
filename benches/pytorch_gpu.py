"""The workloads of `gpu.rs` in PyTorch: name, milliseconds, and milliseconds by torch.compile, separated by tabs."""

import torch
from torch import nn
from torch.nn import functional as F

device = torch.device("cuda")


def median(f, repetitions=30):
    for _ in range(3):
        f()
    times = []
    for _ in range(repetitions):
        before, after = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        before.record()
        f()
        after.record()
        after.synchronize()
        times.append(before.elapsed_time(after))
    return sorted(times)[len(times) // 2]


def line(name, f):
    eager = median(f)
    try:
        compiled = median(torch.compile(f))
    except Exception:  # (What cannot be compiled is as fast as it is.)
        compiled = eager
    print(f"{name}\t{eager}\t{compiled}", flush=True)


def uniform(*shape, dtype=torch.float32):
    return torch.rand(*shape, device=device, dtype=dtype) * 2 - 1


def gradients(loss, parameters):
    return torch.autograd.grad(loss, parameters)


n = 100_000_000
x = uniform(n)
line("copy", lambda: x.clone())
x.requires_grad_()


def elementwise():
    return gradients((torch.tanh(x) * torch.sigmoid(x) + torch.exp(-x * x)).sum(), [x])


line("elementwise", elementwise)
del x

m = uniform(16384, 4096)
for axis, along in [(1, "rows"), (0, "columns")]:
    line(f"sum of {along}", lambda: m.sum(axis))
    line(f"max of {along}", lambda: m.amax(axis))
    line(f"softmax of {along}", lambda: m.softmax(axis))
    if axis == 1:
        line(f"layer norm of {along}", lambda: F.layer_norm(m, [4096], eps=1e-5))
    else:
        line(f"layer norm of {along}", lambda: F.layer_norm(m.T, [16384], eps=1e-5))
del m

for name, dtype, tf32 in [
    ("f32", torch.float32, False),
    ("tf32", torch.float32, True),
    ("bf16", torch.bfloat16, False),
    ("f64", torch.float64, False),
]:
    torch.backends.cuda.matmul.allow_tf32 = tf32
    for size in [1024, 2048, 4096, 8192]:
        a, b = (uniform(size, size).to(dtype) for _ in range(2))
        line(f"matmul {name} {size}", lambda: a @ b)
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False

for batch in [128, 8192]:
    mlp = nn.Sequential(
        nn.Linear(784, 512), nn.Tanh(), nn.Linear(512, 512), nn.Tanh(), nn.Linear(512, 10)
    ).to(device)
    images, classes = uniform(batch, 784), torch.arange(batch, device=device) % 10
    parameters = list(mlp.parameters())

    def step():
        slopes = gradients(F.cross_entropy(mlp(images), classes), parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, slopes, alpha=-1e-3)

    line(f"MLP step, batch {batch}", step)

lenet = nn.Sequential(
    nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.MaxPool2d(2),
    nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
).to(device)  # fmt: skip
images, classes = uniform(1024, 1, 28, 28), torch.arange(1024, device=device) % 10
of_lenet = list(lenet.parameters())
line("LeNet gradient, batch 1024", lambda: gradients(F.cross_entropy(lenet(images), classes), of_lenet))

d, heads = 256, 4


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.Parameter(uniform(3, d, d) / d**0.5)
        self.out = nn.Parameter(uniform(d, d) / d**0.5)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        normal = F.layer_norm(x, [d], eps=1e-5)
        q, k, v = (
            (normal @ self.parts[i]).view(*x.shape[:2], heads, d // heads).transpose(1, 2) for i in range(3)
        )
        seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
        x = x + seen @ self.out
        return x + self.down(F.gelu(self.up(F.layer_norm(x, [d], eps=1e-5))))


block, sequences = Block().to(device), uniform(64, 128, d)
of_block = list(block.parameters())
line("encoder block gradient", lambda: gradients((block(sequences) ** 2).mean(), of_block))
