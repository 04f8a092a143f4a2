/** The calling side of a hub's verbs: arguments and results cross whole. */
import type {
  Allocation,
  DemandHour,
  Enrolment,
  EnrolResult,
  ExpiringStock,
  Holding,
  HubContact,
  HubContactResult,
  HubVerbs,
  Invitation,
  InviteResult,
  LeaseOut,
  LeaseState,
  NetworkSwitch,
  PendingRecall,
  RecallOrder,
  Restating,
  Retirement,
  RetireResult,
  TransferResult,
} from '../../hubVerbs.js';
import { nothing, whole } from '../crossing/caller.js';
import { takeTransfers } from './hubTransfers.js';
import { OrderStore } from './orderClient.js';

export class HubStore extends OrderStore implements HubVerbs {
  switches() {
    return this.read('switches', nothing, whole<readonly NetworkSwitch[]>);
  }

  invite(invitation: Invitation) {
    return this.write('invite', (out) => out.push(invitation), whole<InviteResult>);
  }

  enrol(enrolment: Enrolment) {
    return this.write('enrol', (out) => out.push(enrolment), whole<EnrolResult>);
  }

  retire(retirement: Retirement) {
    return this.write('retire', (out) => out.push(retirement), whole<RetireResult>);
  }

  contact(contact: HubContact) {
    const weight = 1 + contact.changes.length + contact.sales.length;
    return this.write('contact', (out) => out.push(contact), whole<HubContactResult>, weight);
  }

  allocate(allocation: Allocation) {
    return this.write('allocate', (out) => out.push(allocation), whole<TransferResult>, allocation.count);
  }

  leaseOut(lease: LeaseOut) {
    return this.write('leaseOut', (out) => out.push(lease), whole<TransferResult>);
  }

  transfersAfter(switchId: number, after: number, pinsMax: number) {
    return this.read('transfersAfter', (out) => out.push(switchId, after, pinsMax), takeTransfers);
  }

  recallFrom(order: RecallOrder) {
    return this.write('recallFrom', (out) => out.push(order), whole<number>);
  }

  recalls(switchId: number) {
    return this.read('recalls', (out) => out.push(switchId), whole<readonly PendingRecall[]>);
  }

  holdings() {
    return this.read('holdings', nothing, whole<readonly Holding[]>);
  }

  expiring(before: string) {
    return this.read('expiring', (out) => out.push(before), whole<readonly ExpiringStock[]>);
  }

  demand(since: number) {
    return this.read('demand', (out) => out.push(since), whole<readonly DemandHour[]>);
  }

  leases() {
    return this.read('leases', nothing, whole<readonly LeaseState[]>);
  }

  behind() {
    return this.read('behind', nothing, whole<string>);
  }

  restate(restating: Restating) {
    return this.write('restate', (out) => out.push(restating), nothing, 1 + restating.pins.length);
  }

  recover(by: string, why: string, at: number) {
    return this.write(
      'recover',
      (out) => out.push({ by, why, at }),
      (input) => {
        return (input.scalar() as number | null) ?? undefined;
      },
    );
  }
}
