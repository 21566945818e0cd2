"""What the demo shop sells. Prices in minor units."""

from typing import Any


def _choice(key: str, title: str, surcharge: int = 0) -> dict[str, Any]:
    return {"id": key, "title": title, "surcharge": surcharge}


def _option(
    key: str, title: str, kind: str, *choices: dict[str, Any], required: bool = False
) -> dict[str, Any]:
    return {"id": key, "title": title, "kind": kind, "required": required, "choices": list(choices)}


LABELS = {"Measure on site": "amber", "Proof needed": "violet", "Rush": "red", "Regular customer": "green"}

PLANS: dict[str, dict[str, Any]] = {
    "care": {"name": "Sign care", "price": 2900, "interval": {"every": 1, "unit": "month"}},
    "plus": {"name": "Sign care plus", "price": 4900, "interval": {"every": 1, "unit": "month"}},
    "year": {"name": "Sign care, a year", "price": 29000, "interval": {"every": 1, "unit": "year"}},
}

PRODUCTS: dict[str, dict[str, Any]] = {
    "sign": {
        "title": "Hand-painted shop sign",
        "category": "Signs",
        "description": "Drawn for your wall, painted by hand, mounted by us. First a sketch and a price.",
        "pricing": "by_quote",
        "tax_rate": "19",
        "options": [
            _option(
                "material",
                "Material",
                "one",
                _choice("oak", "Oak, oiled"),
                _choice("steel", "Powder-coated steel", 18000),
                _choice("glass", "Reverse glass", 42000),
                required=True,
            ),
            _option(
                "extras",
                "Extras",
                "many",
                _choice("gold", "Gold leaf", 26000),
                _choice("light", "Light, warm or neutral white", 39000),
                _choice("mounting", "Mounting", 15000),
            ),
            _option("text", "What shall it say?", "text", required=True),
            _option("width", "Width in cm", "number", required=True),
            _option("opening", "When do you open?", "date"),
        ],
    },
    "lettering": {
        "title": "Window lettering",
        "category": "Signs",
        "description": "Opening hours, frosted film, logos: cut and applied without a bubble.",
        "pricing": "by_quote",
        "tax_rate": "19",
        "options": [
            _option("area", "Glass area in m²", "number", required=True),
            _option(
                "finish",
                "Finish",
                "one",
                _choice("frosted", "Frosted"),
                _choice("color", "One colour"),
                _choice("print", "Printed", 9000),
                required=True,
            ),
            _option("hours", "Text", "text"),
        ],
    },
    "plate": {
        "title": "Engraved brass plate",
        "category": "Engraving",
        "description": "4 mm brass, deep engraved, filled in black. Holes and screws are included.",
        "pricing": "fixed",
        "price": 8900,
        "tax_rate": "19",
        "options": [
            _option(
                "size",
                "Size",
                "one",
                _choice("small", "20 × 10 cm"),
                _choice("large", "30 × 20 cm", 4500),
                required=True,
            ),
            _option("engraving", "Engraving", "text", required=True),
            _option("finish", "Finish", "many", _choice("polish", "Polished edges", 1200)),
        ],
    },
    "cards": {
        "title": "Letterpress business cards, 250 pieces",
        "category": "Print",
        "description": "Pressed one by one on a 1961 Heidelberg. Send your text in the chat, get a proof.",
        "pricing": "fixed",
        "price": 19800,
        "tax_rate": "19",
        "options": [
            _option(
                "paper",
                "Paper",
                "one",
                _choice("cotton", "Cotton, 600 g"),
                _choice("grey", "Grey board, 800 g", 2500),
                required=True,
            ),
        ],
    },
    "care": {
        "title": "Sign care",
        "category": "Care",
        "description": "We look after your signs: cleaning, light, small repairs, once a month.",
        "pricing": "fixed",
        "price": 15000,
        "tax_rate": "19",
        "plan": "care",
        "options": [_option("notes", "What should we look after?", "text")],
    },
    "mural": {
        "title": "Mural",
        "category": "Signs",
        "description": "A wall of yours, inside or outside, up to the third floor.",
        "pricing": "by_quote",
        "tax_rate": "7",
        "options": [
            _option(
                "surface",
                "Where?",
                "one",
                _choice("inside", "Inside"),
                _choice("outside", "Outside"),
                required=True,
            ),
        ],
    },
}

# of a quote, tax included; the customer may leave the last two
QUOTED: list[dict[str, Any]] = [
    {"title": "Steel sign, 180 cm, powder-coated", "quantity": 1, "unit_price": 176000},
    {"title": "Letters, cut and welded on (hours)", "quantity": "6.5", "unit_price": 6400},
    {"title": "Warm white LED with transformer and timer", "quantity": 1, "unit_price": 30400},
    {"title": "Mounting on site (hours)", "quantity": "2.5", "unit_price": 7200, "optional": True},
    {"title": "Gold leaf on the initials", "quantity": 2, "unit_price": 8900, "optional": True},
]
TEMPLATE: dict[str, Any] = {
    "name": "Shop sign",
    "lines": [
        {"title": "Sign, painted by hand", "quantity": 1, "unit_price": 140000},
        {"title": "Sketch and proof (hours)", "quantity": 3, "unit_price": 6400},
        {"title": "Mounting on site (hours)", "quantity": "2.5", "unit_price": 7200, "optional": True},
    ],
    "note": "From the approved sketch it takes about four weeks.",
    "valid_days": 30,
}
REPLIES = {
    "thanks": "Dear {customer}, thank you for your order {number}. We look at it today. Kind regards, {me}",
    "measure": "Before we make an offer we would like to measure on site. When would it suit you? {me}",
    "ready": "Good news: order {number} is ready. Everything about it is here: {link}",
}
