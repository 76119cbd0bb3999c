"""The table and the batch of the walkthrough that chapter 1 retraces, with the four results it printed.

Source: World4AI, "Word Embeddings in PyTorch" (github.com/World4AI/World4AI). The numbers are the source's; it drew
them at random, so they are kept here to be looked up again. The words are the book's own.
"""

VOCABULARY_SIZE = 10
EMBEDDING_DIM = 4

BATCH = [
    [0, 6, 7],
    [3, 2, 2],
    [2, 5, 2],
    [0, 8, 3],
    [4, 6, 3],
]

TABLE = [
    [1.461, -0.8082, -0.7816, -0.3135],
    [0.1052, -0.0626, -0.7115, -1.1456],
    [-0.3115, 1.5333, 0.674, -1.8035],
    [-0.1831, -2.3549, 1.297, -0.4006],
    [1.8532, 0.2546, 0.4889, 0.4106],
    [1.0876, 1.1219, -0.533, 0.1026],
    [-0.4453, -0.855, -0.036, 2.3146],
    [0.7443, -0.3514, 0.6963, -0.9283],
    [-1.3944, 0.0908, 0.6961, 1.0211],
    [-0.2815, 2.1397, -2.874, -0.4085],
]

# One a row, chosen so that the batch can be read: no love lost, rain again again, again and again, ...
WORDS = ["no", "sun", "again", "rain", "we", "and", "love", "lost", "more", "sky"]

# What the walkthrough's four printing cells showed: sequence, embedding.weight, embedding(torch.tensor(0)) and
# embedding(sequence).
PRINTED_SEQUENCE = """\
tensor([[0, 6, 7],
        [3, 2, 2],
        [2, 5, 2],
        [0, 8, 3],
        [4, 6, 3]])"""

PRINTED_WEIGHT = """\
Parameter containing:
tensor([[ 1.4610, -0.8082, -0.7816, -0.3135],
        [ 0.1052, -0.0626, -0.7115, -1.1456],
        [-0.3115,  1.5333,  0.6740, -1.8035],
        [-0.1831, -2.3549,  1.2970, -0.4006],
        [ 1.8532,  0.2546,  0.4889,  0.4106],
        [ 1.0876,  1.1219, -0.5330,  0.1026],
        [-0.4453, -0.8550, -0.0360,  2.3146],
        [ 0.7443, -0.3514,  0.6963, -0.9283],
        [-1.3944,  0.0908,  0.6961,  1.0211],
        [-0.2815,  2.1397, -2.8740, -0.4085]], requires_grad=True)"""

PRINTED_ROW_0 = "tensor([ 1.4610, -0.8082, -0.7816, -0.3135])"

PRINTED_BATCH = """\
tensor([[[ 1.4610, -0.8082, -0.7816, -0.3135],
         [-0.4453, -0.8550, -0.0360,  2.3146],
         [ 0.7443, -0.3514,  0.6963, -0.9283]],

        [[-0.1831, -2.3549,  1.2970, -0.4006],
         [-0.3115,  1.5333,  0.6740, -1.8035],
         [-0.3115,  1.5333,  0.6740, -1.8035]],

        [[-0.3115,  1.5333,  0.6740, -1.8035],
         [ 1.0876,  1.1219, -0.5330,  0.1026],
         [-0.3115,  1.5333,  0.6740, -1.8035]],

        [[ 1.4610, -0.8082, -0.7816, -0.3135],
         [-1.3944,  0.0908,  0.6961,  1.0211],
         [-0.1831, -2.3549,  1.2970, -0.4006]],

        [[ 1.8532,  0.2546,  0.4889,  0.4106],
         [-0.4453, -0.8550, -0.0360,  2.3146],
         [-0.1831, -2.3549,  1.2970, -0.4006]]])"""
