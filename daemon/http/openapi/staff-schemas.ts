/** Named schemas of what staff does to accounts, and of the log of it. */
import type {
  AuditView,
  CorrectionView,
  HealthView,
  MonitorView,
  ResetPassword,
  StaffSignIn,
  StaffUserView,
  WaitingSubjectView,
} from '../../contract.ts';
import { staffRoles } from '../roles.ts';
import { flag, instant, integer, list, money, nullable, object, oneOf, text } from './schema.ts';

export const staffComponents = {
  NewCorrection: object(
    {
      charge: integer({ description: 'Number (seq) of the charge.' }),
      key: text({ maxLength: 64, description: 'Of this correction; sent again it is the same one.' }),
      reason: text({ maxLength: 100, description: 'On the bill line, and in the audit log.' }),
      rightAmount: { ...money, default: '0', description: 'What the charge should have been.' },
    },
    ['rightAmount'],
  ),
  CorrectionView: object<CorrectionView>({ charge: integer(), amount: money, reason: text(), key: text() }),
  PasswordChange: object({
    currentPassword: text({ maxLength: 256, writeOnly: true }),
    newPassword: text({ minLength: 8, maxLength: 256, writeOnly: true }),
  }),
  ResetPassword: object<ResetPassword>({ login: text(), password: text() }),
  NewStaffUser: object(
    {
      login: text({ maxLength: 64 }),
      role: oneOf(staffRoles),
      password: text({ minLength: 8, maxLength: 256, writeOnly: true, description: 'Default: a random one.' }),
    },
    ['password'],
  ),
  StaffPassword: object(
    { password: text({ minLength: 8, maxLength: 256, writeOnly: true, description: 'Default: a random one.' }) },
    ['password'],
  ),
  StaffUserChange: object({ disabled: flag }),
  StaffSignIn: object<StaffSignIn>({ login: text(), password: nullable('string') }),
  StaffUserView: object<StaffUserView>({ login: text(), role: oneOf(staffRoles), disabled: flag }),
  AuditView: object<AuditView>({
    id: integer(),
    at: instant,
    login: text(),
    address: text(),
    action: text(),
    subject: text(),
    status: nullable('integer'),
    asked: {},
    before: {},
    after: {},
  }),
  Monitors: object<{ readonly items: readonly MonitorView[] }>({
    items: list(
      object<MonitorView>({
        plan: text(),
        primitive: text(),
        label: text(),
        used: money,
        limit: money,
        unit: text(),
        beyond: flag,
      }),
    ),
  }),
  Suspense: object<HealthView['suspense']>({
    waiting: integer(),
    released: integer(),
    subjects: list(
      object<WaitingSubjectView>(
        {
          kind: text(),
          value: text(),
          provider: text(),
          count: integer(),
          reason: text(),
          also: list(
            object<WaitingSubjectView['also'][number]>(
              { kind: text(), value: text(), provider: text(), count: integer() },
              ['provider'],
            ),
          ),
        },
        ['provider'],
      ),
    ),
  }),
} as const;
