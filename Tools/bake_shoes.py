#!/usr/bin/env python3
"""Bakes a plain shoe as offsets of the bundled bodies' feet: assets/garments/shoes.npz.

    python bake_shoes.py --bodies assets/body --wardrobe wardrobe.npz --out assets/garments/shoes.npz

The foot (what the wardrobe's shoe hides) is blown up until toes, heel and ankle are one smooth skin, which is then
drawn onto the shoe's outer surface by closest points with compatible normals, ever less stiffly.  Triangles that turn
over on the way are relaxed again.  Body and wardrobe are CC0 (see the bodies' notes), and so is the result.
Needs numpy and scipy.
"""
import argparse, os
os.environ.setdefault('OMP_NUM_THREADS', '1'); os.environ.setdefault('OPENBLAS_NUM_THREADS', '1')
import numpy as np
from scipy.sparse import coo_matrix, diags, identity
from scipy.sparse.linalg import splu

NAMES = ('neutral', 'male', 'female')


def laplacian(faces, count):
    """Umbrella Laplacian of the edges of some faces."""
    e = np.unique(np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1), axis=0)
    a = coo_matrix((np.ones(2 * len(e)), (np.r_[e[:, 0], e[:, 1]], np.r_[e[:, 1], e[:, 0]])), shape=(count, count))
    return diags(np.asarray(a.sum(1)).ravel()) - a.tocsr()


def normals(v, f):
    n = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
    out = np.zeros_like(v)
    for k in range(3): np.add.at(out, f[:, k], n)
    return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)


def closest(points, tri):
    """Closest points on triangles (T,3,3): position, triangle and distance (Ericson, Real-Time Collision Detection)."""
    a, b, c = tri[:, 0], tri[:, 1], tri[:, 2]
    ab, ac = b - a, c - a
    best = np.full(len(points), np.inf); where = np.zeros(len(points), int); pos = np.zeros_like(points)
    for i, p in enumerate(points):
        near = np.where(np.abs(tri.mean(1) - p).max(1) < 0.06)[0]
        if len(near) == 0: continue
        A, AB, AC = a[near], ab[near], ac[near]
        ap = p - A; d1 = (AB * ap).sum(1); d2 = (AC * ap).sum(1)
        bp = p - b[near]; d3 = (AB * bp).sum(1); d4 = (AC * bp).sum(1)
        cp = p - c[near]; d5 = (AB * cp).sum(1); d6 = (AC * cp).sum(1)
        vc = d1 * d4 - d3 * d2; vb = d5 * d2 - d1 * d6; va = d3 * d6 - d5 * d4
        s = va + vb + vc; s = np.where(np.abs(s) < 1e-18, 1, s)
        u, w = vb / s, vc / s                                                   # weights of b (by vb) and c (by vc)
        bary = np.stack([1 - u - w, u, w], 1)
        def put(m, x): bary[m] = x[m]
        z = np.zeros(len(near)); o = np.ones(len(near))
        t = np.clip(d1 / np.where(np.abs(d1 - d3) < 1e-18, 1, d1 - d3), 0, 1); put((vc <= 0) & (d1 >= 0) & (d3 <= 0), np.stack([1 - t, t, z], 1))
        t = np.clip(d2 / np.where(np.abs(d2 - d6) < 1e-18, 1, d2 - d6), 0, 1); put((vb <= 0) & (d2 >= 0) & (d6 <= 0), np.stack([1 - t, z, t], 1))
        t = (d4 - d3) / np.where(np.abs((d4 - d3) + (d5 - d6)) < 1e-18, 1, (d4 - d3) + (d5 - d6)); t = np.clip(t, 0, 1)
        put((va <= 0) & (d4 - d3 >= 0) & (d5 - d6 >= 0), np.stack([z, 1 - t, t], 1))
        put((d1 <= 0) & (d2 <= 0), np.stack([o, z, z], 1)); put((d3 >= 0) & (d4 <= d3), np.stack([z, o, z], 1)); put((d6 >= 0) & (d5 <= d6), np.stack([z, z, o], 1))
        q = (bary[:, :, None] * tri[near]).sum(1)
        d = np.linalg.norm(q - p, axis=1); k = d.argmin()
        best[i], where[i], pos[i] = d[k], near[k], q[k]
    return pos, where, best


def outer(sv, sf):
    """Faces of a shoe that the outside sees: those whose middle, lifted, sees the sky in some direction."""
    tri = sv[sf]; mid = tri.mean(1); n = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]); n /= np.linalg.norm(n, axis=1, keepdims=True) + 1e-12
    keep = np.zeros(len(sf), bool)
    for i in range(len(sf)):
        d, o = n[i], mid[i] + 1e-4 * n[i]
        e1, e2 = tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]; h = np.cross(d, e2); det = (e1 * h).sum(1); ok = np.abs(det) > 1e-14; inv = 1 / np.where(ok, det, 1)
        s = o - tri[:, 0]; u = inv * (s * h).sum(1); q = np.cross(s, e1); w = inv * (q @ d); t = inv * (e2 * q).sum(1)
        keep[i] = not (ok & (u >= 0) & (w >= 0) & (u + w <= 1) & (t > 0)).any()
    return keep


def shoe(v, faces, hidden, sv, sf):
    """Offsets (V,3) that turn one foot into the shoe."""
    inside = np.where(hidden)[0]; back = np.full(len(v), -1); back[inside] = np.arange(len(inside))
    f = back[faces[hidden[faces].all(1)]]; x0 = v[inside]; m = len(inside)
    L = laplacian(f, m)
    # The rim: vertices with a neighbour that is not hidden stay where they are.
    rim = np.zeros(m, bool); mixed = faces[hidden[faces].any(1) & ~hidden[faces].all(1)].ravel(); rim[back[np.unique(mixed[hidden[mixed]])]] = True
    pin = diags(np.where(rim, 1e4, 0.))
    # One skin without toes: the front relaxes like a film, the rest keeps its place.
    length = np.ptp(x0[:, 2]); t = np.clip((x0[:, 2] - x0[:, 2].min()) / length / .2 - 3, 0, 1); free = t * t * (3 - 2 * t)
    hold = diags(10. ** (-3.2 * free)); x = x0.copy()
    for _ in range(4): x = splu((hold + pin + 2 * L * .5 + .5 * L @ L).tocsc()).solve(hold @ x0 + pin @ x0)
    # Its front as long, wide and high as the shoe's, so that closest points are the right ones.
    front = x0[:, 2].min() + .55 * length; at = lambda p, q: (p[q].min(0), p[q].max(0))
    (lo, hi), (slo, shi) = at(x, x[:, 2] > front), at(sv[np.unique(sf)], sv[np.unique(sf)][:, 2] > front)
    t = np.clip((x[:, 2] - front) / (hi[2] - front), 0, None); t = np.minimum(t * 2, 1) * ~rim
    y = x.copy(); y[:, 2] = front + (x[:, 2] - front) * (shi[2] - 5e-3 - front) / (hi[2] - front)
    for k in (0, 1): y[:, k] = slo[k] + (x[:, k] - lo[k]) * (shi[k] - slo[k]) / (hi[k] - lo[k])
    x = x + t[:, None] * (y - x)
    keep = outer(sv, sf); st = sv[sf[keep]]; sn = np.cross(st[:, 1] - st[:, 0], st[:, 2] - st[:, 0]); sn /= np.linalg.norm(sn, axis=1, keepdims=True) + 1e-12
    for step, stiff in enumerate(np.geomspace(6, .12, 26)):
        n = normals(x, f); pos, where, dist = closest(x, st)
        fit = (n * sn[where]).sum(1); w = np.where(np.isfinite(dist), np.clip(fit, 0, 1) ** 2, 0) * ~rim
        # Along the shoe's normal firmly, across it loosely, so that vertices spread over the surface.
        target = x + sn[where] * ((pos - x) * sn[where]).sum(1, keepdims=True)
        slide = .05 * hold + identity(m) * 2e-3
        A = (diags(w + 1e-3) + pin + slide + stiff * (.03 * L + .15 * L @ L)).tocsc()
        x = splu(A).solve(w[:, None] * target + 1e-3 * x + slide @ x0 + pin @ x0)
    out = np.zeros_like(v); out[inside] = x - x0
    gap = closest(x, st)[2]
    return out, gap[~rim & np.isfinite(gap)]


def main():
    ap = argparse.ArgumentParser(); ap.add_argument('--bodies', required=True); ap.add_argument('--wardrobe', required=True); ap.add_argument('--out', required=True); ap.add_argument('--only', default='')
    args = ap.parse_args()
    w = np.load(args.wardrobe); names = list(w['offset_genders']); piece = 'shoes_plain/'
    out = {}
    for name in NAMES if not args.only else [args.only]:
        b = np.load(f'{args.bodies}/SMPLX_{name.upper()}.npz'); v = b['v_template'].astype(np.float64); faces = b['f'].astype(np.int64); mirror = b['vertex_mirror']
        hides = w[piece + 'hides'].astype(bool); sf = w[piece + 'faces'].astype(np.int64)
        sv = (w[piece + 'body_weights'][:, :, None] * v[w[piece + 'body_vertices']]).sum(1) + w[piece + 'offset'][names.index(name)]
        left = hides & (v[:, 0] > 0)
        offsets, gap = shoe(v, faces, left, sv, sf[(sv[sf][:, :, 0] > 0).all(1)])
        # The right one is its mirror image.
        offsets[mirror[left]] = offsets[left] * [-1, 1, 1]
        vertices = np.where(hides)[0]; n0 = normals(v, faces); x = v + offsets
        fn = lambda y: np.cross(y[faces[:, 1]] - y[faces[:, 0]], y[faces[:, 2]] - y[faces[:, 0]])
        print(name, len(vertices), 'vertices; distance to the shoe mm mean %.2f max %.2f; offsets mm max %.1f' % (1e3 * gap.mean(), 1e3 * gap.max(), 1e3 * np.linalg.norm(offsets, axis=1).max()))
        out['vertices'] = vertices.astype(np.int32)
        out[name + '_feet'] = v[vertices].astype(np.float16)
        out[name + '_offsets'] = offsets[vertices].astype(np.float16)
    os.makedirs(os.path.dirname(args.out) or '.', exist_ok=True)
    import zipfile, io
    with zipfile.ZipFile(args.out, 'w', zipfile.ZIP_DEFLATED) as z:            # without dates: the same bytes every time
        for k in sorted(out):
            f = io.BytesIO(); np.lib.format.write_array(f, out[k]); z.writestr(zipfile.ZipInfo(k + '.npy', (1980, 1, 1, 0, 0, 0)), f.getvalue(), zipfile.ZIP_DEFLATED, 9)
    print(os.path.getsize(args.out), 'bytes')


if __name__ == '__main__': main()
