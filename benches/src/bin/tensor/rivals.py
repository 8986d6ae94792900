"""The workloads of `main.rs` in PyTorch and JAX: for each key that is read, a line with the median microseconds of PyTorch,
of torch.compile and of JAX (jitted), separated by tabs; a dash where there is none. The first line names those that there are."""

import os
import statistics
import sys
import time
import warnings

warnings.filterwarnings("ignore")
THREADS = int(os.environ.get("RAYON_NUM_THREADS", len(os.sched_getaffinity(0))))
BUDGET, SAMPLE = 0.4, 200e-6

try:
    import torch
    from torch.nn import functional as F

    torch.set_num_threads(THREADS)
except ImportError:
    torch = None
try:
    import jax
    from jax import numpy as jnp

    jax.config.update("jax_enable_x64", True)
except ImportError:
    jax = None


def median_us(f):
    """The median time of a call, as `clock.rs` measures it."""
    f()
    calls = 1
    while True:
        start = time.perf_counter()
        for _ in range(calls):
            f()
        if time.perf_counter() - start >= SAMPLE:
            break
        calls *= 2
    samples, end = [], time.perf_counter() + BUDGET
    while len(samples) < 5 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(calls):
            f()
        samples.append((time.perf_counter() - start) / calls)
    return statistics.median(samples) * 1e6


def widths_of(widths, tensor):
    shapes = [((a, b), (b,)) for a, b in zip(widths, widths[1:])]
    return [tensor(shape) * (shape[0] ** -0.5 if len(shape) == 2 else 1.0) for pair in shapes for shape in pair]


def network(p, x, tanh):
    for k in range(0, len(p), 2):
        x = x @ p[k] + p[k + 1]
        if k + 2 < len(p):
            x = tanh(x)
    return x


def log_posterior(of, log_sum_exp, concat, p, x, places):
    """The mixture of Gaussians of GradBench, without what is constant; `of` is torch or jax.numpy."""
    alpha, mu, q, l = p
    k, d = mu.shape
    factors = concat([of.exp(q), l, of.zeros((k, 1), dtype=q.dtype)], 1)[:, places].reshape(k, d, d)
    images = x @ factors.reshape(k * d, d).T - (factors @ mu.reshape(k, d, 1)).reshape(k * d)
    squares = (images * images).reshape(len(x), k, d).sum(2)
    likelihood = log_sum_exp(alpha + q.sum(1) - squares * 0.5, 1).sum()
    return likelihood - len(x) * log_sum_exp(alpha, 0) - (factors * factors).sum() * 0.5


def places_of(d):
    """Where a triangular matrix has its elements: its diagonal, then what is below, column after column, then a zero."""
    place = lambda i, j: i if i == j else d + j * (2 * d - 1 - j) // 2 + i - j - 1 if i > j else d + d * (d - 1) // 2
    return [place(i, j) for i in range(d) for j in range(d)]


class OfTorch:
    """Each workload: what is called, and the same with the function compiled."""

    def __init__(self):
        self.tensor = lambda shape, dtype=torch.float32: torch.rand(shape, dtype=dtype) * 2 - 1

    def of_loss(self, loss, p, after=None):
        p = [x.requires_grad_() for x in p]

        def call(loss):
            def step():
                slopes = torch.autograd.grad(loss(*p), p)
                if after:
                    with torch.no_grad():
                        after(p, slopes)
                return slopes

            return step

        return call(loss), lambda: call(torch.compile(loss))

    def descend(self, p, slopes):
        torch._foreach_add_(p, slopes, alpha=-1e-3)

    def a(self, n):
        return self.of_loss(lambda x: (torch.tanh(x) * torch.sigmoid(x) + torch.exp(-x * x)).sum(), [self.tensor((n,))])

    def dense(self):
        x, classes = self.tensor((128, 784)), torch.arange(128) % 10
        p = widths_of([784, 512, 512, 10], self.tensor)
        return lambda *p: F.cross_entropy(network(p, x, torch.tanh), classes), p

    def b(self):
        loss, p = self.dense()
        return self.of_loss(loss, p, self.descend)

    def c(self, batch):
        x, y = self.tensor((batch, 8)), self.tensor((batch, 1))
        p = widths_of([8, 16, 16, 1], self.tensor)
        return self.of_loss(lambda *p: ((network(p, x, torch.tanh) - y) ** 2).mean(), p, self.descend)

    def d(self):
        images, classes = self.tensor((64, 1, 28, 28)), torch.arange(64) % 10
        filters = [self.tensor(s) * 0.1 for s in [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,)]]

        def loss(w1, b1, w2, b2, *p):
            x = F.max_pool2d(torch.tanh(F.conv2d(images, w1, b1, padding=2)), 2)
            x = F.max_pool2d(torch.tanh(F.conv2d(x, w2, b2)), 2)
            return F.cross_entropy(network(p, x.flatten(1), torch.tanh), classes)

        return self.of_loss(loss, filters + widths_of([400, 120, 84, 10], self.tensor))

    def convolution(self, channels, extent):
        p = [self.tensor((8, channels, extent, extent)), self.tensor((channels, channels, 3, 3)) * 0.1]
        return self.of_loss(lambda x, w: (F.conv2d(x, w, padding=1) ** 2).sum(), p)

    def e(self):
        double = torch.float64
        x, y = self.tensor((100_000, 100), double), torch.sign(self.tensor((100_000,), double))
        return self.of_loss(lambda w: F.softplus(-(x @ w) * y).mean(), [self.tensor((100,), double)])

    def f(self):
        d, heads = 256, 4
        x = self.tensor((8, 128, d))
        p = [self.tensor(s) * d**-0.5 for s in [(3, d, d), (d, d), (d, 4 * d), (4 * d,), (4 * d, d), (d,)]]

        def loss(parts, out, up, up_bias, down, down_bias):
            normal = F.layer_norm(x, [d], eps=1e-5)
            q, k, v = ((normal @ parts[i]).view(8, 128, heads, d // heads).transpose(1, 2) for i in range(3))
            seen = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(x.shape)
            y = x + seen @ out
            y = y + F.gelu(F.layer_norm(y, [d], eps=1e-5) @ up + up_bias) @ down + down_bias
            return (y * y).mean()

        return self.of_loss(loss, p)

    def g(self):
        loss, p = self.dense()
        v = [x.clone() for x in p]
        p = [x.requires_grad_() for x in p]

        def call():
            slopes = torch.autograd.grad(loss(*p), p, create_graph=True)
            return torch.autograd.grad(sum((a * b).sum() for a, b in zip(slopes, v)), p)

        return call, None

    def gmm(self, d, k=25):
        p = [self.tensor(shape, torch.float64) for shape in [(k,), (k, d), (k, d), (k, d * (d - 1) // 2)]]
        x, places = self.tensor((1000, d), torch.float64), torch.tensor(places_of(d))
        return self.of_loss(lambda *p: log_posterior(torch, torch.logsumexp, torch.cat, p, x, places), p)

    def kmeans(self):
        points, c = self.tensor((1000, 8), torch.float64), self.tensor((100, 8), torch.float64).requires_grad_()

        def call():
            nearest = ((c * c).sum(1) - 2 * points @ c.T).argmin(1)
            slope = torch.autograd.grad(((c[nearest] - points) ** 2).sum(), c, create_graph=True)[0]
            return slope / torch.autograd.grad(slope.sum(), c)[0]

        return call, None

    def lse(self):
        return self.of_loss(lambda x: torch.logsumexp(x, 0), [self.tensor((40_000,), torch.float64)])

    def hessian(self):
        x = self.tensor((100,), torch.float64)
        h = torch.func.hessian(lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())
        return lambda: h(x), lambda: lambda c=torch.compile(h): c(x)

    def jacobian(self):
        x, w = self.tensor((100,), torch.float64), self.tensor((100, 100), torch.float64)
        j = torch.func.jacrev(lambda x: torch.tanh(w @ x))
        return lambda: j(x), lambda: lambda c=torch.compile(j): c(x)

    def product(self, m, k, n):
        a, b = self.tensor((m, k)), self.tensor((k, n))
        return lambda: a @ b, None


class OfJax:
    def __init__(self):
        self.key = jax.random.PRNGKey(0)

    def tensor(self, shape, dtype="float32"):
        self.key, key = jax.random.split(self.key)
        return jax.random.uniform(key, shape, dtype, -1, 1)

    def of(self, f, *x):
        f = jax.jit(f)
        return lambda: jax.block_until_ready(f(*x))

    def of_step(self, loss, p):
        """Parameters that each step replaces, in the memory of the former ones."""

        def step(p):
            value, slopes = jax.value_and_grad(loss)(p)
            return value, [a - b * jnp.float32(1e-3) for a, b in zip(p, slopes)]

        step, state = jax.jit(step, donate_argnums=0), [p]

        def call():
            value, state[0] = step(state[0])
            jax.block_until_ready(state[0])

        return call

    def a(self, n):
        f = lambda x: (jnp.tanh(x) * jax.nn.sigmoid(x) + jnp.exp(-x * x)).sum()
        return self.of(jax.value_and_grad(f), self.tensor((n,)))

    def cross_entropy(self, logits, classes):
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), classes[:, None], 1).mean()

    def dense(self):
        x, classes = self.tensor((128, 784)), jnp.arange(128) % 10
        return lambda p: self.cross_entropy(network(p, x, jnp.tanh), classes), widths_of([784, 512, 512, 10], self.tensor)

    def b(self):
        return self.of_step(*self.dense())

    def c(self, batch):
        x, y = self.tensor((batch, 8)), self.tensor((batch, 1))
        loss = lambda p: ((network(p, x, jnp.tanh) - y) ** 2).mean()
        return self.of_step(loss, widths_of([8, 16, 16, 1], self.tensor))

    def d(self):
        images, classes = self.tensor((64, 1, 28, 28)), jnp.arange(64) % 10
        filters = [self.tensor(s) * jnp.float32(0.1) for s in [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,)]]

        def conv(x, w, b, padding):
            return jax.lax.conv(x, w, (1, 1), padding) + b[:, None, None]

        def pool(x):
            return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")

        def loss(p):
            x = pool(jnp.tanh(conv(images, p[0], p[1], "SAME")))
            x = pool(jnp.tanh(conv(x, p[2], p[3], "VALID")))
            return self.cross_entropy(network(p[4:], x.reshape(64, 400), jnp.tanh), classes)

        return self.of(jax.value_and_grad(loss), filters + widths_of([400, 120, 84, 10], self.tensor))

    def convolution(self, channels, extent):
        x, w = self.tensor((8, channels, extent, extent)), self.tensor((channels, channels, 3, 3)) * jnp.float32(0.1)
        loss = lambda p: (jax.lax.conv(*p, (1, 1), "SAME") ** 2).sum()
        return self.of(jax.value_and_grad(loss), (x, w))

    def e(self):
        x, y = self.tensor((100_000, 100), "float64"), jnp.sign(self.tensor((100_000,), "float64"))
        loss = lambda w, x, y: jax.nn.softplus(-(x @ w) * y).mean()
        return self.of(jax.value_and_grad(loss), self.tensor((100,), "float64"), x, y)

    def f(self):
        d, heads = 256, 4
        x = self.tensor((8, 128, d))
        p = [self.tensor(s) * jnp.float32(d**-0.5) for s in [(3, d, d), (d, d), (d, 4 * d), (4 * d,), (4 * d, d), (d,)]]

        def norm(x):
            mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
            return (x - mean) / jnp.sqrt(variance + jnp.float32(1e-5))

        def loss(p):
            parts, out, up, up_bias, down, down_bias = p
            normal = norm(x)
            q, k, v = ((normal @ parts[i]).reshape(8, 128, heads, d // heads).transpose(0, 2, 1, 3) for i in range(3))
            weights = jax.nn.softmax(q @ k.transpose(0, 1, 3, 2) * jnp.float32((d // heads) ** -0.5))
            y = x + (weights @ v).transpose(0, 2, 1, 3).reshape(x.shape) @ out
            y = y + jax.nn.gelu(norm(y) @ up + up_bias, approximate=False) @ down + down_bias
            return (y * y).mean()

        return self.of(jax.value_and_grad(loss), p)

    def g(self):
        loss, p = self.dense()
        return self.of(lambda p, v: jax.jvp(jax.grad(loss), (p,), (v,))[1], p, p)

    def gmm(self, d, k=25):
        p = [self.tensor(shape, "float64") for shape in [(k,), (k, d), (k, d), (k, d * (d - 1) // 2)]]
        x, places = self.tensor((1000, d), "float64"), jnp.array(places_of(d))
        loss = lambda p, x: log_posterior(jnp, jax.nn.logsumexp, jnp.concatenate, p, x, places)
        return self.of(jax.grad(loss), p, x)

    def kmeans(self):
        def direction(c, points):
            nearest = ((c * c).sum(1) - 2 * points @ c.T).argmin(1)
            slope = jax.grad(lambda c: ((c[nearest] - points) ** 2).sum())
            slope, diagonal = jax.jvp(slope, (c,), (jnp.ones_like(c),))
            return slope / diagonal

        return self.of(direction, self.tensor((100, 8), "float64"), self.tensor((1000, 8), "float64"))

    def lse(self):
        return self.of(jax.grad(jax.nn.logsumexp), self.tensor((40_000,), "float64"))

    def hessian(self):
        f = lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        return self.of(jax.hessian(f), self.tensor((100,), "float64"))

    def jacobian(self):
        w = self.tensor((100, 100), "float64")
        return self.of(jax.jacrev(lambda x: jnp.tanh(w @ x)), self.tensor((100,), "float64"))

    def product(self, m, k, n):
        return self.of(lambda a, b: a @ b, self.tensor((m, k)), self.tensor((k, n)))


def measured(name, numbers):
    """A time, or a dash, for each way that there is."""
    times = []
    if torch:
        eager, compiled = getattr(OfTorch(), name)(*numbers)
        times.append(median_us(eager))
        times.append(median_us(compiled()) if compiled else None)
    if jax:
        times.append(median_us(getattr(OfJax(), name)(*numbers)))
    return "\t".join(f"{time:.3f}" if time else "-" for time in times)


ways = [f"PyTorch {torch.__version__}", "torch.compile"] if torch else []
ways += [f"JAX {jax.__version__}"] if jax else []
if not ways:
    sys.exit("neither PyTorch nor JAX")
print("\t".join(ways), flush=True)
for line in sys.stdin:
    name, *numbers = line.split()
    print(measured(name, [int(number) for number in numbers]), flush=True)
