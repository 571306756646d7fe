import os

import psycopg
from fastapi import APIRouter

router = APIRouter()


@router.get("/{customer}/orders")
def orders(customer: int):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        return db.execute("SELECT tea, grams FROM orders WHERE customer = %s", (customer,)).fetchall()


@router.put("/{customer}/address")
def move(customer: int, address: dict):
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        db.execute("UPDATE customers SET address = %s WHERE number = %s", (address["text"], customer))
    return {"moved": True}
