"""A character-level model of names: an Embedding, a BatchNorm'd hidden layer, and samples from it."""

import tinygrad_lite as torch

nn, F = torch.nn, torch.nn.functional

NAMES = """emma olivia ava isabella sophia charlotte mia amelia harper evelyn abigail emily elizabeth mila ella avery
sofia camila aria scarlett victoria madison luna grace chloe penelope layla riley zoey nora lily eleanor
hannah lillian addison aubrey ellie stella natalie zoe leah hazel violet aurora savannah audrey brooklyn bella
claire skylar""".split()
LETTERS = ["."] + sorted(set("".join(NAMES)))
NUMBER = {letter: i for i, letter in enumerate(LETTERS)}
CONTEXT = 3

contexts, targets = [], []
for name in NAMES:
    window = [0] * CONTEXT
    for letter in name + ".":
        contexts.append(window)
        targets.append(NUMBER[letter])
        window = window[1:] + [NUMBER[letter]]
X, Y = torch.tensor(contexts), torch.tensor(targets)

torch.manual_seed(42)
model = nn.Sequential(
    nn.Embedding(len(LETTERS), 10),
    nn.Flatten(),
    nn.Linear(10 * CONTEXT, 64, bias=False),
    nn.BatchNorm1d(64),
    nn.Tanh(),
    nn.Linear(64, len(LETTERS)),
)
print(sum(p.nelement() for p in model.parameters()), "parameters")
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for step in range(200):
    batch = torch.randint(0, len(X), (32,))
    loss = F.cross_entropy(model(X[batch]), Y[batch])
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 50 == 49:
        print(step, loss.item())

model.eval()
with torch.no_grad():
    print("loss", F.cross_entropy(model(X), Y).item())
    window = torch.zeros(1, CONTEXT, dtype=torch.long)
    likely = F.softmax(model(window), dim=1).topk(3)
    print([LETTERS[i] for i in likely.indices[0].tolist()], likely.values[0].tolist())
