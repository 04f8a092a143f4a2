/** PINs that a hub has ordered from vendors, and what was delivered. */
export const orders = `
-- Ids are never used again. A product has one intended order at most: its vendor may have heard of it or not.
CREATE TABLE vendor_order (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  reference TEXT NOT NULL UNIQUE,
  vendor TEXT NOT NULL,
  supplier TEXT NOT NULL,
  product TEXT NOT NULL,
  -- What the vendor calls the product.
  code TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  state TEXT NOT NULL,
  taken INTEGER NOT NULL DEFAULT 0,
  refused INTEGER NOT NULL DEFAULT 0,
  decided_by TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '',
  intended_at INTEGER NOT NULL,
  accepted_at INTEGER NOT NULL DEFAULT 0,
  delivered_at INTEGER NOT NULL DEFAULT 0,
  closed_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX vendor_order_intended ON vendor_order (product) WHERE state = 'intended';
CREATE INDEX vendor_order_open ON vendor_order (id) WHERE closed_at = 0;
CREATE INDEX vendor_order_product ON vendor_order (product, vendor, id);

CREATE TABLE vendor_delivery (
  order_id INTEGER NOT NULL,
  delivery TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  taken INTEGER NOT NULL,
  refused INTEGER NOT NULL,
  at INTEGER NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (order_id, delivery, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX vendor_delivery_contents ON vendor_delivery (sha256);
`;
