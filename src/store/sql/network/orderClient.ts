/** The calling side of acquisition's verbs: arguments and results cross whole. */
import type {
  Delivered,
  DeliveredResult,
  NewOrder,
  OrderBook,
  OrderMove,
  OrderMoveResult,
  OrderVerbs,
  PlaceResult,
  VendorOrder,
} from '../../orderVerbs.js';
import { DayStore } from '../crossing/dayClient.js';

export class OrderStore extends DayStore implements OrderVerbs {
  placeOrder(order: NewOrder) {
    return this.write(
      'placeOrder',
      (out) => out.push({ ...order }),
      (input) => input.object<PlaceResult>(),
    );
  }

  moveOrder(move: OrderMove) {
    return this.write(
      'moveOrder',
      (out) => out.push({ ...move }),
      (input) => input.object<OrderMoveResult>(),
    );
  }

  recordDelivery(delivered: Delivered) {
    return this.write(
      'recordDelivery',
      (out) => out.push({ ...delivered }),
      (input) => input.object<DeliveredResult>(),
    );
  }

  orderBook() {
    return this.read(
      'orderBook',
      () => {},
      (input) => input.object<OrderBook>(),
    );
  }

  orders(limit: number) {
    return this.read(
      'orders',
      (out) => out.push(limit),
      (input) => input.object<VendorOrder[]>(),
    );
  }
}
