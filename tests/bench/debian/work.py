# work.py - fixed work for Python: dictionaries, strings, lists, floats and classes.
class Node:
    def __init__(self, key, left=None, right=None):
        self.key, self.left, self.right = key, left, right

    def total(self):
        return self.key + (self.left.total() if self.left else 0) + (self.right.total() if self.right else 0)


def tree(depth, key=1):
    return Node(key, tree(depth - 1, 2 * key), tree(depth - 1, 2 * key + 1)) if depth else Node(key)


words = {}
for line in open("data/text").read(300000).split("\n"):
    for word in line.split():
        words[word] = words.get(word, 0) + 1
print(len(words), sorted(words.items(), key=lambda item: (-item[1], item[0]))[:5])
print(tree(10).total())
x = 0.5
for i in range(60000):
    x = 3.7 * x * (1.0 - x)
print("%.3f" % (x * 0 + i), sum(i * i % 7 for i in range(50000)), 3 ** 2000 % 1000007)
