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
from scipy.spatial import cKDTree

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


def samples(v, f, spacing=1e-3):
    """Points and normals all over some triangles, about `spacing` metres apart."""
    tri = v[f]; n = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0]); area = np.linalg.norm(n, axis=1); points, normal = [], []
    for t, d, s in zip(tri, n / (area[:, None] + 1e-15), area):
        k = max(1, int(np.ceil(np.sqrt(s) / spacing)))
        w = np.array([((i + .5 - .17) / k, (j + .5 - .17) / k) for i in range(k) for j in range(k - i)]); w = w[w.sum(1) <= 1]
        if len(w) == 0: w = np.array([[1 / 3, 1 / 3]])
        points.append(t[0] + w @ (t[1:] - t[0])); normal.append(np.repeat(d[None], len(w), 0))
    return np.concatenate(points), np.concatenate(normal)


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
    length = np.ptp(x0[:, 2]); t = np.clip((x0[:, 2] - x0[:, 2].min()) / length / .25 - 2.2, 0, 1); free = t * t * (3 - 2 * t)
    hold = diags(10. ** (-4.5 * free)); x = x0.copy()
    for _ in range(8): x = splu((hold + pin + 3 * L).tocsc()).solve(hold @ x0 + pin @ x0)
    # Its front as long, wide and high as the shoe's, so that closest points are the right ones.
    sel = free > .5; shoe_front = sv[np.unique(sf)]; shoe_front = shoe_front[shoe_front[:, 2] > x0[sel, 2].min()]
    lo, hi, slo, shi = x[sel].min(0), x[sel].max(0), shoe_front.min(0), shoe_front.max(0)
    x = x + (free * ~rim)[:, None] * (slo + (x - lo) * (shi - slo) / (hi - lo) - x)
    sp, sn = samples(sv, sf[outer(sv, sf)]); tree = cKDTree(sp)
    for stiff in np.geomspace(20, .05, 70):
        n = normals(x, f); dist, where = tree.query(x)
        w = np.clip((n * sn[where]).sum(1), 0, 1) ** 2 * ~rim
        target = w[:, None] * (x + sn[where] * ((sp[where] - x) * sn[where]).sum(1, keepdims=True))
        # The shoe pulls as well, or its tip would never be reached.
        owner = cKDTree(x).query(sp)[1]; agree = (n[owner] * sn).sum(1) > .2
        own = np.bincount(owner[agree], minlength=m); pull = .3 * np.minimum(own, 5) / 5 * ~rim
        for k in range(3): target[:, k] += pull * np.bincount(owner[agree], sp[agree, k], m) / np.maximum(own, 1)
        slide = .03 * hold + identity(m) * 2e-4
        A = (diags(w + pull + 1e-3) + pin + slide + stiff * (.03 * L + .15 * L @ L)).tocsc()
        x = splu(A).solve(target + 1e-3 * x + slide @ x0 + pin @ x0)
    # What is still folded is relaxed over the surface.
    degree = L.diagonal(); bad = np.zeros(len(f), bool)
    for _ in range(150):
        fn = np.cross(x[f[:, 1]] - x[f[:, 0]], x[f[:, 2]] - x[f[:, 0]])
        bad = (fn * sn[tree.query(x[f].mean(1))[1]]).sum(1) < .3 * np.linalg.norm(fn, axis=1)
        move = np.zeros(m, bool); move[f[bad]] = True; move &= ~rim
        for _ in range(2):
            move[f[move[f].any(1)].ravel()] = True; move &= ~rim
        y = x - (L @ x) / degree[:, None]; where = tree.query(y)[1]
        y += sn[where] * ((sp[where] - y) * sn[where]).sum(1, keepdims=True)
        x = np.where(move[:, None], .4 * x + .6 * y, x)
    gap = tree.query(x)[0][~rim]; print(bad.sum(), 'triangles look inwards', end='; ')
    out = np.zeros_like(v); out[inside] = x - x0
    return out, gap


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
