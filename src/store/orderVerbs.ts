/**
 * The verbs of acquisition: PINs that this hub orders from vendors. An order stands here, under a reference of its
 * own, before its vendor hears of it; whatever is lost or cut after that, the same order is sent again.
 *
 *   intended -> accepted -> partly delivered -> complete
 *       any of the first three -> refused (the vendor's word), or cancelled (a decision of ours)
 *
 * What is delivered is taken in as any batch is (takeIn), then recorded here: a delivery that was taken in and not
 * recorded is found whole by the intake's own books.
 */
export const OPEN_ORDERS = ['intended', 'accepted', 'part'] as const;
export const CLOSED_ORDERS = ['complete', 'refused', 'cancelled'] as const;
export type OrderState = (typeof OPEN_ORDERS)[number] | (typeof CLOSED_ORDERS)[number];

export interface NewOrder {
  /** Unique over all vendors and all time, so that books restored from a copy never use one again. */
  readonly reference: string;
  readonly vendor: string;
  /** Whose PINs these are, as the intake has it: kept, so that a batch is never taken in under two names. */
  readonly supplier: string;
  readonly product: string;
  /** What the vendor calls it. */
  readonly code: string;
  /** PINs. */
  readonly quantity: number;
  /** The last order of the product that the decision knew of; 0 for none. */
  readonly after: number;
  readonly at: number;
}

export type PlaceResult =
  | { readonly kind: 'placed'; readonly id: number }
  /** An order of this product waits for its vendor's first word: nothing changed. */
  | { readonly kind: 'undecided' }
  /** Another one was placed since: nothing changed; decide again. */
  | { readonly kind: 'overtaken' };

/** What was delivered, taken in, and recorded. */
export interface VendorDelivery {
  /** The vendor's name for it. */
  readonly delivery: string;
  /** Of the batch's contents, hexadecimal. The same id with other contents is another delivery. */
  readonly sha256: string;
  /** Rows that entered stock, and that did not: known already, or no PINs. */
  readonly taken: number;
  readonly refused: number;
  readonly at: number;
}

export interface VendorOrder extends Omit<NewOrder, 'after' | 'at'> {
  /** Order numbers go up and are never used again. */
  readonly id: number;
  readonly state: OrderState;
  /** PINs that it has brought so far. */
  readonly taken: number;
  /** Rows of its deliveries that did not enter. */
  readonly refused: number;
  /** Who gave it up, and why; or the vendor's reason. */
  readonly by: string;
  readonly why: string;
  readonly intendedAt: number;
  /** 0: not yet. */
  readonly acceptedAt: number;
  /** When PINs came last. */
  readonly deliveredAt: number;
  readonly closedAt: number;
  /** In the order in which they were recorded. */
  readonly deliveries: readonly VendorDelivery[];
}

export interface OrderMove {
  readonly reference: string;
  readonly to: 'accepted' | 'complete' | 'refused' | 'cancelled';
  /** '' where the vendor says so. */
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

export type OrderMoveResult =
  | { readonly kind: 'moved' }
  /** It does not go there from where it stands (or stands there already): nothing changed. */
  | { readonly kind: 'stands'; readonly state: OrderState }
  | { readonly kind: 'unknown' };

export interface Delivered extends VendorDelivery {
  readonly reference: string;
}

export type DeliveredResult =
  /** `taken`: 0 where another delivery with the same contents has brought them before. */
  | { readonly kind: 'recorded'; readonly taken: number }
  | { readonly kind: 'known' }
  | { readonly kind: 'unknown' };

/** What a decision to order looks at, of one moment. */
export interface OrderBook {
  /** By id. */
  readonly open: readonly VendorOrder[];
  /** The last order of each product and vendor, whatever became of it. By id. */
  readonly last: readonly Omit<VendorOrder, 'deliveries'>[];
  /** Of the last complete orders of each product and vendor, latest first. */
  readonly leads: readonly OrderLead[];
}

/** How long a vendor took, from our intention to its last PINs. */
export interface OrderLead {
  readonly vendor: string;
  readonly product: string;
  readonly tookMs: number;
}

export interface OrderVerbs {
  placeOrder(order: NewOrder): Promise<PlaceResult>;
  moveOrder(move: OrderMove): Promise<OrderMoveResult>;
  /** Also of an order that was closed meanwhile: what was taken in is recorded. */
  recordDelivery(delivered: Delivered): Promise<DeliveredResult>;
  orderBook(): Promise<OrderBook>;
  /** Latest first. */
  orders(limit: number): Promise<readonly VendorOrder[]>;
}
