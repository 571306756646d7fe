import os

import httpx
import psycopg
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

import customers

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
app.include_router(customers.router, prefix="/customers")


def database():
    return psycopg.connect(os.environ["DATABASE_URL"])


@app.post("/orders")
def place(order: dict):
    with database() as db:
        db.execute("INSERT INTO orders (customer, tea, grams) VALUES (%s, %s, %s)", (order["customer"], order["tea"], order["grams"]))
    httpx.post(os.environ["PAYMENTS_URL"] + "/charges", json={"order": order})
    return {"placed": True}


@app.get("/orders/{number}")
def show(number: int):
    with database() as db:
        return db.execute("SELECT customer, tea, grams FROM orders WHERE number = %s", (number,)).fetchone()
