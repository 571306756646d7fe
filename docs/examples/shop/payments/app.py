import os

import requests
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/charges")
def charge():
    answer = requests.post(
        "https://api.cardpay.dev/v2/charges",
        json=request.get_json(),
        headers={"Authorization": "Bearer " + os.environ["PROVIDER_KEY"]},
        timeout=10,
    )
    return jsonify(answer.json()), answer.status_code


@app.get("/debug/last")
def last():
    return jsonify(dict(request.headers))


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000, debug=True)
