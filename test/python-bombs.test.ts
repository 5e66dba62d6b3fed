import { describe, expect, it } from "vitest";
import { ModelError } from "../src/diagnostics.ts";
import { parsePython } from "../src/parser/python/index.ts";
import { meter } from "./cost.ts";

const many = (text: string, n: number): string => text.repeat(n);

/** Short sources that ask for much time, memory or stack. */
const bombs: Record<string, string> = {
  strmul: "x = 'a' * 10**9",
  strdouble: "x='ab'\n" + many("x = x + x\n", 60),
  strloop: "l=[]\nfor i in range(9999):\n  l.append(f\"{'a'*10000}{i}\")",
  listloop: "l=[0]\nfor i in range(9999):\n  l.extend(l)",
  listcopy: "l=[0]*90000\nfor i in range(9999):\n  m=l[:]",
  inn: "l=[0]*90000\nfor i in range(9999):\n  m = 1 in l",
  idx: "l=[0]*90000\nfor i in range(9999):\n  m = l.count(1)",
  rec: "def f(n):\n  return f(n+1)\nf(0)",
  fib: "def f(n):\n  return 1 if n<2 else f(n-1)+f(n-2)\nf(90)",
  ack: "f = lambda g: g(g)\nf(f)",
  huge: "x=10**10**10",
  huge2: "x=2\nfor i in range(1000): x = x*x",
  shift: "x = 1 << 10**9",
  comp: "x=[a+b+c for a in range(100) for b in range(100) for c in range(100)]",
  compnest: "x=[[[ (a,b,c) for a in range(50)] for b in range(50)] for c in range(50)]",
  fstr: "x = 1\ny = f'" + many("{x}", 50000) + "'",
  fwidth: "y = f'{1:>9999999999}'",
  fwidth2: "l=[]\nfor i in range(9999): l.append(f'{i:>9999}')",
  nestedf: "x = f'{" + many("(", 150) + "1" + many(")", 150) + "}'",
  replace: "x='a'*90000\ny=x.replace('a', x)",
  join: "x='a'*90000\ny=x.join([x]*90000)",
  split: "x='a,'*40000\nfor i in range(9999): y=x.split(',')",
  zfill: "x='1'.zfill(10**9)",
  whiletrue: "while True:\n  pass",
  dictdouble: "d={}\nfor i in range(9999):\n  d[i]=dict(d)",
  setbomb: "s=set(range(99999))\nfor i in range(999): t=set(s)",
  lamdeep: "x = " + many("lambda: ", 20000) + "1",
  parens: "x = " + many("[", 190) + many("]", 190),
  tern: "x = " + many("(1 if 1 else ", 150) + "2" + many(")", 150),
  ifs:
    Array.from({ length: 99 }, (_, i) => " ".repeat(i) + "if 1:").join("\n") + "\n" + " ".repeat(99) + "x=1",
  elifs: "if 0: x=1\n" + many("elif 0: x=1\n", 20000),
  sorted: "l=list(range(50000))\nfor i in range(999): sorted(l, key=lambda v: -v)",
  map: "l=list(map(lambda v: v, range(99999)))",
  maprec: "f=lambda x: list(map(f,[x,x]))\nf(1)",
  models:
    "import keras\nx=i=keras.Input((1,))\nfor k in range(3000):\n  x=keras.layers.Dense(1)(x)\n  m=keras.Model(i,x)",
  nestmodels:
    "import keras\ni=keras.Input((1,))\nm=keras.Model(i,keras.layers.Dense(1)(i))\n" +
    many(
      "a=keras.Input((1,))\nm1=keras.Model(a,m(a))\nb=keras.Input((1,))\nm2=keras.Model(b,m(b))\nc=keras.Input((1,))\nm=keras.Model(c,keras.layers.Add()([m1(c),m2(c)]))\n",
      40,
    ),
  deepnest:
    "import keras\nm=keras.Sequential([keras.Input((1,)),keras.layers.Dense(1)])\nfor k in range(5000): m=keras.Sequential([keras.Input((1,)),m])",
  shapes:
    "import keras\nx=i=keras.Input((1,))\nfor k in range(3000):\n  x=keras.layers.Dense(1)(x)\n  s=x.shape",
  seqadd:
    "import keras\nm=keras.Sequential([keras.Input((1,))])\nfor k in range(5000): m.add(keras.layers.Dense(1))",
  popadd:
    "import keras\nm=keras.Sequential([keras.Input((1,))]+[keras.layers.Dense(1) for i in range(4000)])\nfor k in range(4000):\n  l=m.layers\n  m.add(keras.layers.Dense(1))",
  arr: "import numpy as np\nx=np.zeros((10**9,10**9))",
  arange: "import numpy as np\nfor i in range(9999): x=np.arange(100000)",
  npc: "import numpy as np\nx=np.zeros((2,2))\nfor i in range(9999): x=np.concatenate([x,x])",
  magics: many("%a\n", 200000),
  lines: many("#\n", 500000),
  tokens: many("x = 1\n", 160_000),
  strangers: many("$", 1_000_000),
  imports: many("import keras\n", 33_000),
  parts: "x = f'" + many("{1}", 300_000) + "'",
  attr: "x=1\nx" + many(".a", 60000),
  call: "def f(): return f\nf" + many("()", 60000),
  idxs: "x=[1]\nx" + many("[0]", 60000),
  stars: "x=[*[1]]\n" + many("x=[*x,*x]\n", 80),
  pct: "x='%s'*90000 % tuple(range(90000))",
  fmt: "x=('{:>9999}'*9999).format(*range(9999))",
  unk: "import os\nfor a in os.x():\n" + many("  b=1\n", 5000),
  deco: many("@a\n", 60000) + "def f(): pass",
  tup: "x=" + many("(", 199) + many(",)", 199),
  star2: "*a, b = " + many("1,", 90000) + "1",
  bigint: "x = " + many("9", 90000),
  ipynbq: many("?a\n", 100000),
  global_: "def f():\n  global x\n  x=1\nfor i in range(9999): f()",
  closures: "f=lambda: 1\nfor i in range(9999):\n  g=f\n  f=lambda: g()\nf()",
  comps: "x=" + many("[", 60) + "1" + many(" for a in [1]]", 60),
  eqs: "x=[1]\ny=[1]\n" + many("x=[x,x]\ny=[y,y]\n", 40) + "z = x == y",
  inl: "x=[1]\ny=[1]\n" + many("x=[x,x]\ny=[y,y]\n", 40) + "z = x in [y]\nz=[x].index(y)",
  tupkey: "x=(1,)\n" + many("x=(x,x)\n", 40) + "s={x}",
  ord_: "x=[1]\ny=[1]\n" + many("x=[x,x]\ny=[y,y]\n", 40) + "z = x < y\nq=sorted([x,y])",
  dget: "x=(1,)\n" + many("x=(x,x)\n", 40) + "d={}\nz=d.get(x)\nz=d[x]",
  unrun:
    "from e import files\nw = list(range(50000))\nfor i in range(4000):\n  for f in files:\n    print(w, f)",
  unrundeep:
    "from e import files\nw = [1]\nfor i in range(9000): w = [w]\nfor f in files:\n  v = w\nfor f in files:\n  w[0][0].append(f)",
  unruncalls:
    "from e import files\nw = [1]\n" +
    Array.from(
      { length: 300 },
      (_, i) => `def f${i}(x): return f${(i + 1) % 300}(x) + f${(i * 7) % 300}(x)\n`,
    ).join("") +
    "for i in range(3000):\n  for f in files:\n    f0(w)",
  unrunlong: "from e import files\nfor i in range(9999):\n  for f in files:\n" + many("    b = 1\n", 8000),
  rem: "x=[1]\ny=[1]\n" + many("x=[x,x]\ny=[y,y]\n", 40) + "[x].remove(y)",
};

describe("a snippet that asks for too much is refused, quickly", () => {
  it.each(Object.keys(bombs))(
    "%s",
    (name) => {
      const taken = meter();
      let error: unknown;
      try {
        parsePython(bombs[name]);
      } catch (e) {
        error = e;
      }
      const { ms, bytes } = taken();
      if (error !== undefined) expect(error).toBeInstanceOf(ModelError);
      expect(bytes).toBeLessThan(256 * 2 ** 20);
      expect(ms).toBeLessThan(6000);
    },
    60_000,
  );
});
