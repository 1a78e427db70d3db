# tests/post/module.mk - a self-test ROM that tells by POST codes how far it got.
TESTS += tests/post/run
EXTRA_DIST += tests/post/run tests/post/post.ld tests/post/post_386.S
