"""PyTorch's side of the bench: reads requests as lines of JSON, answers with lines of JSON."""
import json
import sys
import time

import torch
import torch.nn.functional as F


def read(path, shape):
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=torch.float32).reshape(shape).clone()


def network(request):
    layers, weights, biases = request["layers"], request["weights"], request["biases"]

    def forward(x):
        for layer, w, b in zip(layers, weights, biases):
            op = layer["op"]
            if op == "conv":
                x = F.conv2d(x, w, b, layer["stride"], layer["padding"], layer["dilation"], layer["groups"])
            elif op == "transposed":
                x = F.conv_transpose2d(x, w, b, layer["stride"], layer["padding"])
            elif op == "linear":
                x = F.linear(x, w, b)
            elif op == "relu":
                x = F.relu(x)
            elif op == "flatten":
                x = x.flatten(1)
            elif op == "maxPool":
                x = F.max_pool2d(x, layer["kernel"], layer["stride"], layer["padding"],
                                 return_indices=layer.get("indices", False))
                if layer.get("indices"):
                    x = x[0]
            elif op == "averagePool":
                x = F.avg_pool2d(x, layer["kernel"], layer["stride"], layer["padding"])
            elif layer["mode"] == "nearest":
                x = F.interpolate(x, scale_factor=layer["factor"], mode="nearest")
            else:
                x = F.interpolate(x, scale_factor=layer["factor"], mode="bilinear", align_corners=False)
        return x

    return forward


def prepare(request):
    x = read(request["input"], request["inputShape"])
    for key, shapes in (("weights", "weightShapes"), ("biases", "biasShapes")):
        request[key] = [read(p, s) if p else None for p, s in zip(request[key], request[shapes])]
    layer, forward = request["layers"][0], network(request)
    if request.get("gradient"):
        g = read(request["gradientData"], request["outputShape"])
        w = request["weights"][0]
        mask = [request["gradient"] == "input", request["gradient"] == "weight", False]
        pair = lambda key: [layer[key], layer[key]]
        call = lambda: torch.ops.aten.convolution_backward(
            g, x, w, None, pair("stride"), pair("padding"), pair("dilation"), False, [0, 0], layer["groups"], mask)
        which = 0 if mask[0] else 1
        return (lambda: call()), (lambda: call()[which])
    if not request.get("training"):
        return (lambda: forward(x)), (lambda: forward(x))
    labels = torch.tensor(request["labels"])
    parameters = [p for p in request["weights"] + request["biases"] if p is not None]
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimizer = torch.optim.SGD(parameters, lr=0.01)

    def step():
        with torch.enable_grad():
            loss = F.cross_entropy(forward(x), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return loss.detach()

    return step, (lambda: torch.stack([step(), step(), step()]))


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.set_grad_enabled(False)
    print(json.dumps({"version": torch.__version__}), flush=True)
    run = result = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["command"] == "prepare":
            run, result = prepare(request)
            with open(request["output"], "wb") as file:
                file.write(result().contiguous().numpy().tobytes())
            print(json.dumps({}), flush=True)
        else:
            used = time.process_time()
            times, end = [], time.perf_counter() + request["ms"] / 1000
            while time.perf_counter() < end or len(times) < 1:
                start = time.perf_counter()
                run()
                times.append((time.perf_counter() - start) * 1000)
            if request.get("cpu"):
                times = [(time.process_time() - used) * 1000 / len(times)]
            print(json.dumps({"times": times}), flush=True)


main()
